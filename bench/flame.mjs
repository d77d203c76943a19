import { placeOf } from './profile.mjs';

const WIDTH = 1600;
const ROW = 18;
const PIXELS_MIN = 0.6;

/** A flame chart as one HTML file without scripts: widths are CPU time, a pointer on a box shows what it is. */
export function flameChart(root, title) {
  const boxes = [];
  let deepest = 0;
  const draw = (node, left, depth) => {
    const width = (node.wholeMs / root.wholeMs) * WIDTH;
    if (width < PIXELS_MIN) return;
    deepest = Math.max(deepest, depth);
    boxes.push(box(node, root, { left, width, top: depth * ROW }));
    let at = left;
    for (const child of merged(node.children)) {
      draw(child, at, depth + 1);
      at += (child.wholeMs / root.wholeMs) * WIDTH;
    }
  };
  draw({ ...root, children: merged(root.children) }, 0, 0);
  const height = (deepest + 1) * ROW;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>
<style>body{font:13px system-ui;margin:1rem}rect:hover{stroke:#000}text{font:11px monospace;pointer-events:none}</style>
<h1>${escaped(title)}: ${root.wholeMs.toFixed(0)} ms of CPU</h1>
<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
${boxes.join('\n')}
</svg></html>
`;
}

/** Callees of the same function as one, the heaviest first. */
function merged(children) {
  const byPlace = new Map();
  for (const child of children) {
    const place = placeOf(child.frame);
    const known = byPlace.get(place);
    if (known === undefined) byPlace.set(place, { ...child });
    else {
      known.wholeMs += child.wholeMs;
      known.ownMs += child.ownMs;
      known.children = [...known.children, ...child.children];
    }
  }
  return [...byPlace.values()].sort((a, b) => b.wholeMs - a.wholeMs);
}

function box(node, root, { left, width, top }) {
  const place = placeOf(node.frame);
  const share = ((node.wholeMs / root.wholeMs) * 100).toFixed(1);
  const own = `${node.wholeMs.toFixed(0)} ms (${share} %), own ${node.ownMs.toFixed(0)} ms`;
  const name = node.frame.functionName || '(anonymous)';
  const label = width < 30 ? '' : escaped(name.slice(0, Math.floor(width / 7)));
  return (
    `<g><title>${escaped(place)}: ${own}</title>` +
    `<rect x="${left.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colour(node.frame)}"/>` +
    `<text x="${(left + 3).toFixed(1)}" y="${top + 13}">${label}</text></g>`
  );
}

/** Docstream's own code is orange, packages are blue, Node.js and the engine are grey. */
function colour({ url }) {
  if (url.includes('/node_modules/')) return '#9cc3e6';
  if (url.includes('/dist/')) return '#f5b971';
  return '#cccccc';
}

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
