import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flameChart } from './flame.mjs';
import { newRun } from './rounds.mjs';

const TOP = 30;

/**
 * Measures docstream's side of one figure once under the CPU profiler. Leaves in the folder: the profile itself (opens
 * in Chrome DevTools and speedscope), `flame.html`, and `top.txt`. Only what was sampled while the figure's clock ran
 * counts in the last two. Resolves with the text of `top.txt`.
 */
export async function profileFigure({ stage, sizes, figure, folder }) {
  stage.profileFolder = folder;
  const starts = [];
  stage.onDocstream = (app) => starts.push(app);
  const run = newRun({ stage, sizes, round: 0, forAll: new Map() });
  const { value, window } = await figure.ours(run);
  const file = readdirSync(folder).find((name) => name.includes(`.${starts.at(-1).pid}.0.`));
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const { root, totalMs, idleMs } = treeOf(profile, {
    fromMs: window.fromMs - starts.at(-1).startedAtMs,
    toMs: window.toMs - starts.at(-1).startedAtMs,
  });
  writeFileSync(join(folder, 'flame.html'), flameChart(root, `docstream, ${figure.name}`));
  const head = `${figure.name}: ${value.toFixed(1)} ${figure.unit} under the profiler; ${idleMs.toFixed(0)} ms idle`;
  const text = [head, '', ...topList('own time by function', root, totalMs, placeOf), '', ...byPackage(root, totalMs)];
  writeFileSync(join(folder, 'top.txt'), `${text.join('\n')}\n`);
  return { text: text.join('\n'), file: join(folder, file) };
}

/** The call tree of the samples between two moments after the start of the profile; times in ms. */
export function treeOf({ nodes, samples, timeDeltas }, { fromMs, toMs }) {
  const byId = new Map();
  for (const { id, callFrame } of nodes) byId.set(id, { frame: callFrame, ownMs: 0, wholeMs: 0, children: [] });
  for (const { id, children = [] } of nodes) byId.get(id).children = children.map((child) => byId.get(child));
  let [atMs, totalMs, idleMs] = [0, 0, 0];
  for (const [n, id] of samples.entries()) {
    const ms = timeDeltas[n] / 1000;
    atMs += ms;
    if (atMs < fromMs || atMs > toMs) continue;
    const node = byId.get(id);
    if (node.frame.functionName === '(idle)') idleMs += ms;
    else {
      node.ownMs += ms;
      totalMs += ms;
    }
  }
  const root = byId.get(nodes[0].id);
  addUp(root);
  return { root, totalMs, idleMs };
}

function addUp(node) {
  node.wholeMs = node.ownMs + node.children.reduce((sum, child) => sum + addUp(child), 0);
  return node.wholeMs;
}

export function placeOf({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  return url === '' ? name : `${name}  ${url.replace(/^.*\/(node_modules\/|dist\/)/, '$1')}:${lineNumber + 1}`;
}

function topList(title, root, totalMs, labelOf) {
  const sums = new Map();
  const visit = (node) => {
    const label = labelOf(node.frame);
    sums.set(label, (sums.get(label) ?? 0) + node.ownMs);
    node.children.forEach(visit);
  };
  visit(root);
  const rows = [...sums].sort((a, b) => b[1] - a[1]).slice(0, TOP);
  const line = ([label, ms]) =>
    `${ms.toFixed(0).padStart(8)} ms ${((ms / totalMs) * 100).toFixed(1).padStart(5)} %  ${label}`;
  return [`${title} (${totalMs.toFixed(0)} ms of CPU)`, ...rows.filter(([, ms]) => ms > 0).map(line)];
}

const byPackage = (root, totalMs) => topList('own time by package', root, totalMs, packageOf);

function packageOf({ url, functionName }) {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (inPackage) return inPackage[1];
  const inDist = /\/dist\/([^/]+)/.exec(url);
  if (inDist) return `docstream ${inDist[1]}`;
  if (url !== '') return 'Node.js';
  return functionName.startsWith('(') ? functionName : 'native functions';
}
