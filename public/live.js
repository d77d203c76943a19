// Keeps the marked part of a page up to date by asking for the same page again. Without this script the page is the
// same, as of when it was loaded.

const region = document.querySelector('[data-live]');
const state = document.getElementById('live-state');

if (region !== null) schedule();

function schedule() {
  setTimeout(refresh, Number(region.dataset.liveMs));
}

async function refresh() {
  // Nobody sees a page in the background.
  if (!document.hidden && !region.contains(document.activeElement)) {
    try {
      const response = await fetch(region.dataset.live, { headers: { accept: 'text/html' } });
      // The session is over: the page itself leads to where one signs in.
      if (response.status === 401 || response.redirected) return location.reload();
      if (!response.ok) throw new Error(String(response.status));
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const fresh = page.querySelector('[data-live]');
      if (fresh !== null) region.replaceChildren(...fresh.childNodes);
      say('Live');
    } catch {
      say('Not up to date: docstream does not answer. Trying again.');
    }
  }
  schedule();
}

/** Only a change is announced to screen readers. */
function say(text) {
  if (state.textContent !== text) state.textContent = text;
}
