// Keeps the parts of the pipeline page as they are now, by server-sent events: only what has changed arrives, and only
// what differs is touched, so that nothing flickers, moves or loses the keyboard. Without this script the page is the
// same, as of when it was loaded.

const page = document.querySelector('[data-events]');
const state = document.getElementById('live-state');
const REOPEN_MS = 5_000;
let lastId = page.dataset.id;
let stream = null;
let timer;

document.addEventListener('visibilitychange', () => {
  if (document.hidden) close();
  else open();
});
// A page that is gone back to is shown as it was left.
addEventListener('pagehide', close);
addEventListener('pageshow', () => {
  if (!document.hidden) open();
});

function open() {
  clearTimeout(timer);
  if (stream !== null) return;
  stream = new EventSource(`${page.dataset.events}?after=${encodeURIComponent(lastId)}`);
  stream.addEventListener('regions', ({ data, lastEventId }) => {
    lastId = lastEventId;
    for (const [name, html] of Object.entries(JSON.parse(data))) show(name, html);
  });
  stream.addEventListener('open', () => say('Live'));
  stream.addEventListener('error', () => {
    say('Not up to date: docstream does not answer. Trying again.');
    // The browser tries again by itself after a broken connection, not after a refusal.
    if (stream?.readyState !== EventSource.CLOSED) return;
    close();
    timer = setTimeout(open, REOPEN_MS);
    void leaveWhenOver();
  });
}

/** An event stream does not tell why it was refused: where the session is over, the page leads to where one signs in. */
async function leaveWhenOver() {
  const answer = await fetch(location.href, { method: 'HEAD' }).catch(() => null);
  if (answer?.status === 401 || answer?.redirected) location.reload();
}

/** Nobody sees a page in the background, so it asks for nothing. */
function close() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
}

function show(name, html) {
  const region = page.querySelector(`[data-region="${name}"]`);
  if (region === null) return;
  morph(region, new DOMParser().parseFromString(html, 'text/html').body);
}

/** Makes the children of one element the same as those of another with as few changes as it takes. */
function morph(into, from) {
  const old = [...into.childNodes];
  const fresh = [...from.childNodes];
  fresh.forEach((node, index) => {
    const at = old[index];
    if (at === undefined) into.append(node);
    else if (at.nodeName !== node.nodeName) at.replaceWith(node);
    else if (node.nodeType === Node.ELEMENT_NODE) {
      takeAttributes(at, node);
      morph(at, node);
    } else if (at.data !== node.data) at.data = node.data;
  });
  for (const node of old.slice(fresh.length)) node.remove();
}

function takeAttributes(into, from) {
  for (const { name, value } of from.attributes) {
    if (into.getAttribute(name) !== value) into.setAttribute(name, value);
  }
  for (const { name } of [...into.attributes]) if (!from.hasAttribute(name)) into.removeAttribute(name);
}

/** Only a change is announced to screen readers. */
function say(text) {
  if (state.textContent !== text) state.textContent = text;
  state.classList.toggle('is-live', text === 'Live');
}
