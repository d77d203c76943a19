import { median, rounded } from './statistics.mjs';

const CHART_WIDTH = 40;
const NOISE_CORES = 0.2;

/** The result for people: a Markdown table and a chart of the ratios. */
export function asMarkdown({ environment, rounds, figures }) {
  const { machine, cores, node, kafka, store, commit, at } = environment;
  const engines = `${kafka}, ${store.engine} ${store.version}`;
  const noise = noiseOf(figures);
  const title = [
    `docstream ${commit ?? ''}, ${at}: ${cores} cores (${machine}), Node.js ${node}, ${engines}; rounds: ${rounds}.`,
    ...(environment.quick ? ['', '**Quick: small sizes that show that it works. Not a result.**'] : []),
    ...(noise > NOISE_CORES
      ? ['', `**Other programs used up to ${number(noise)} cores meanwhile: don't trust the clock.**`]
      : []),
  ];
  return [...title, '', ...table(figures), '', '```', ...chart(figures), '```', '', ...costs(figures), ''].join('\n');
}

/** The most that programs besides the measured ones used while a clock ran. */
function noiseOf(figures) {
  const each = Object.values(figures).flatMap(({ othersCores: { ours, yardstick } }) => [...ours, ...yardstick]);
  return Math.max(0, ...each.filter((cores) => cores !== null));
}

function table(figures) {
  const head = ['figure', 'unit', 'docstream', 'yardstick', 'ratio', 'min to max', 'bar', 'aim', ''];
  const rows = Object.entries(figures).map(([name, figure]) => {
    const { unit, ours, yardstick, ratio, bar, aim } = figure;
    if (ours.length === 0) return [name, unit, 'failed', '', '', '', limit(figure, bar), limit(figure, aim), ''];
    const range = `${number(ratio.min)} to ${number(ratio.max)}`;
    const sides = [number(median(ours)), number(median(yardstick))];
    return [name, unit, ...sides, number(ratio.median), range, limit(figure, bar), limit(figure, aim), verdict(figure)];
  });
  const widths = head.map((title, at) => Math.max(3, ...[head, ...rows].map((row) => row[at].length)));
  const line = (cells, fill = ' ') => `| ${cells.map((cell, at) => cell.padEnd(widths[at], fill)).join(' | ')} |`;
  return [
    line(head),
    line(
      head.map(() => ''),
      '-',
    ),
    ...rows.map((row) => line(row)),
  ];
}

function verdict({ meetsBar, meetsAim, failed }) {
  if (failed) return 'failed later';
  if (meetsBar === null) return '';
  return meetsAim ? 'aim met' : meetsBar ? 'bar met' : 'below the bar';
}

function limit({ better, unit }, limits) {
  const sign = better === 'more' ? '≥' : '≤';
  return Object.entries(limits)
    .map(([name, value]) => (name === 'ratio' ? `${sign} ${value}` : `${sign} ${value} ${unit.split(/[ ,]/)[0]}`))
    .join(', ');
}

/** One bar for each figure: how far it has come to its aim, with the bar as a tick; a full row is the aim or better. */
function chart(figures) {
  const drawn = Object.entries(figures).filter(([, { ours, aim }]) => ours.length > 0 && Object.keys(aim).length > 0);
  const width = Math.max(...drawn.map(([name]) => name.length), 0);
  return [
    ...drawn.map(([name, figure]) => {
      const reached = progress(figure, figure.aim);
      const tick = reached / (progress(figure, figure.bar) || Number.NaN);
      return `${name.padEnd(width)} ▕${bar(reached, tick)}▏ ${number(figure.ratio.median)}`;
    }),
    `${''.padEnd(width)}  ${'0'.padEnd(CHART_WIDTH - 3)}aim   │ bar`,
  ];
}

/** 1 where the limit is just met, more where it is more than met. */
function progress({ ours, ratio, better }, limits) {
  const found = { ratio: ratio.median, ours: median(ours) };
  const shares = Object.entries(limits).map(([name, value]) =>
    better === 'more' ? found[name] / value : value / Math.max(found[name], 1e-9),
  );
  return shares.length === 0 ? 0 : Math.min(...shares);
}

function bar(reached, tick) {
  const eighths = Math.round(Math.min(1, reached) * CHART_WIDTH * 8);
  const full = '█'.repeat(eighths >> 3);
  const part = eighths % 8 === 0 ? '' : '▏▎▍▌▋▊▉'[(eighths % 8) - 1];
  const cells = [...`${full}${part}`.padEnd(CHART_WIDTH, '·')];
  const at = Math.round(tick * CHART_WIDTH) - 1;
  if (at >= 0 && at < CHART_WIDTH) cells[at] = '│';
  return cells.join('');
}

/** What a line (a request, a look-up) costs in CPU time, wherever it was measured: it holds on a busy machine, too. */
function costs(figures) {
  return Object.entries(figures).flatMap(([name, { yardstickIs, cpuMicroseconds }]) => {
    const cpu = ['ours', 'yardstick'].flatMap((side) => {
      const text = cpuText(cpuMicroseconds[side]);
      return text === '' ? [] : [`${side === 'ours' ? 'docstream' : 'yardstick'} ${text}`];
    });
    const cost = cpu.length === 0 ? '' : ` CPU us each: ${cpu.join('; ')}.`;
    return [`- ${name}: against ${yardstickIs}.${cost}`];
  });
}

function cpuText(rounds) {
  const measured = rounds.filter((round) => round !== null);
  return Object.keys(measured[0] ?? {})
    .map((role) => [role, median(measured.map((round) => round[role] ?? Number.NaN))])
    .filter(([, value]) => Number.isFinite(value))
    .map(([role, value]) => `${role} ${number(value)}`)
    .join(', ');
}

function number(value) {
  const short = rounded(value);
  if (short === null) return '-';
  return Math.abs(short) >= 1000 ? Math.round(short).toLocaleString('en-US') : String(Number(short.toPrecision(3)));
}
