// Suggestions for the search boxes, as the ARIA 1.2 pattern of an editable combobox with a list, and the key / to get
// there. What is typed is asked for when typing pauses; an answer that comes late is dropped.

const PAUSE_MS = 120;

for (const input of document.querySelectorAll('input[data-suggest]')) suggest(input);

const first = document.querySelector('input[data-suggest]');
const hint = document.querySelector('.key-hint');
hint?.classList.add('is-on');
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, select, textarea, [contenteditable]') !== null) return;
  event.preventDefault();
  first?.focus();
  first?.select();
});

function suggest(input) {
  const name = input.dataset.suggest;
  const list = document.createElement('ul');
  list.id = `${input.id}-suggestions`;
  list.className = 'suggestions';
  list.hidden = true;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Suggestions');
  const status = document.createElement('div');
  status.className = 'visually-hidden';
  status.setAttribute('role', 'status');
  input.form.append(list, status);
  for (const [attribute, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list' })) {
    input.setAttribute(attribute, value);
  }
  input.setAttribute('aria-controls', list.id);
  let items = [];
  let active = -1;
  let timer;
  let asked = new AbortController();
  close();

  input.addEventListener('input', () => {
    clearTimeout(timer);
    asked.abort();
    if (input.value.trim() === '') close();
    else timer = setTimeout(ask, PAUSE_MS);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' && list.hidden && input.value.trim() !== '') ask();
    else if (event.key === 'ArrowDown') point(((active + 2) % (items.length + 1)) - 1);
    else if (event.key === 'ArrowUp') point(((active + items.length + 1) % (items.length + 1)) - 1);
    else if (event.key === 'Enter' && active >= 0) go(items[active]);
    else if (event.key === 'Escape' && !list.hidden) close();
    else return;
    event.preventDefault();
  });
  input.addEventListener('blur', close);
  // A press must not take the focus from the box before the click has arrived.
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('click', ({ target }) => {
    const option = target.closest('[role=option]');
    if (option !== null) go(items[[...list.children].indexOf(option)]);
  });

  async function ask() {
    asked.abort();
    asked = new AbortController();
    const query = new URLSearchParams({ [name]: input.value });
    try {
      const response = await fetch(`/dashboard/search/suggestions?${query}`, { signal: asked.signal });
      if (response.ok) show((await response.json()).items);
    } catch {
      // Called off, or docstream does not answer: the box still works as a form.
    }
  }

  function show(found) {
    if (document.activeElement !== input) return;
    items = found;
    list.replaceChildren(...found.map(optionOf));
    list.hidden = found.length === 0;
    input.setAttribute('aria-expanded', String(found.length > 0));
    status.textContent = found.length === 0 ? 'No suggestions' : `${found.length} suggestions`;
    point(-1);
  }

  function optionOf({ value, note }, index) {
    const option = document.createElement('li');
    option.id = `${list.id}-${index}`;
    option.className = 'suggestion';
    option.setAttribute('role', 'option');
    const strong = document.createElement('strong');
    strong.textContent = value;
    const small = document.createElement('span');
    small.className = 'note';
    small.textContent = note;
    option.append(strong, small);
    return option;
  }

  /** -1: the text that was typed. */
  function point(index) {
    active = index;
    for (const [at, option] of [...list.children].entries()) {
      option.setAttribute('aria-selected', String(at === index));
      if (at === index) option.scrollIntoView({ block: 'nearest' });
    }
    if (index === -1) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', `${list.id}-${index}`);
  }

  function close() {
    clearTimeout(timer);
    asked.abort();
    list.hidden = true;
    items = [];
    active = -1;
    list.replaceChildren();
    status.textContent = '';
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function go({ value, href }) {
    input.value = value;
    location.assign(href);
  }
}
