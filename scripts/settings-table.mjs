// Writes the table of settings into README.md from src/config-table.ts, and docs/reference, after a build:
// node scripts/settings-table.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { SETTING_RULES } from '../dist/config-table.js';

const rows = Object.entries(SETTING_RULES).map(
  ([name, { fallback, about }]) => `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${about} |`,
);
const table = ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
const readme = new URL('../README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
writeFileSync(
  readme,
  text.replace(/<!-- settings -->[^]*<!-- \/settings -->/, `<!-- settings -->\n${table}\n<!-- /settings -->`),
);
// The reference has the same table, and more that comes from the code.
await import('./reference.mjs');
