// What every page gains by JavaScript: figures beside the pointer in charts, and suggestions as one types. Without it
// the page says the same: the browser shows the bars' own titles, a table below has all figures, and the search boxes
// are forms.

import './search.js';

for (const chart of document.querySelectorAll('figure.chart')) tell(chart);

/** Shows the figures of the bar under the pointer at once, and marks the bars of the same period in all plots. */
function tell(chart) {
  const tip = document.createElement('div');
  tip.className = 'chart-tip';
  tip.setAttribute('aria-hidden', 'true');
  tip.hidden = true;
  chart.append(tip);
  const plots = [...chart.querySelectorAll('svg')].map((plot) => [...plot.querySelectorAll('.chart-bar')]);
  const texts = (plots[0] ?? []).map((bar) => bar.querySelector('title')?.textContent ?? '');
  for (const title of chart.querySelectorAll('title')) title.remove();
  let pointed = -1;

  chart.addEventListener('pointermove', ({ target }) => {
    const bar = target.closest?.('.chart-bar');
    const at = bar === null || bar === undefined ? -1 : Math.max(...plots.map((bars) => bars.indexOf(bar)));
    if (at !== pointed) point(at);
  });
  chart.addEventListener('pointerleave', () => point(-1));

  function point(at) {
    for (const bars of plots) {
      bars[pointed]?.classList.remove('is-pointed');
      bars[at]?.classList.add('is-pointed');
    }
    pointed = at;
    tip.hidden = at === -1;
    if (at === -1) return;
    const [label, ...figures] = texts[at].split(': ');
    const strong = document.createElement('strong');
    strong.textContent = label;
    tip.replaceChildren(strong, figures.join(': '));
    const frame = chart.getBoundingClientRect();
    const column = plots[0][at].getBoundingClientRect();
    const half = tip.offsetWidth / 2;
    const middle = column.left + column.width / 2 - frame.left;
    tip.style.left = `${Math.min(Math.max(middle, half), frame.width - half)}px`;
    tip.style.top = `${column.top - frame.top - 4}px`;
  }
}
