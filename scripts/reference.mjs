// Writes docs/reference from the code, after a build: node scripts/reference.mjs. With --check it only says what differs,
// and exits with 1 then. It needs no engines.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';
import { collectionsPage } from './reference/collections.mjs';
import { commandsPage } from './reference/commands.mjs';
import { metricsPage } from './reference/metrics.mjs';
import { routesPage } from './reference/routes.mjs';
import { settingsPage } from './reference/settings.mjs';
import { topicsPage } from './reference/topics.mjs';
import { describedApp } from './reference/described-app.mjs';

const NOTE = '<!-- Written by scripts/reference.mjs from the code: change it there. -->\n\n';
const folder = join(root, 'docs', 'reference');

const { document, metrics, close } = await describedApp();
const pages = {
  'settings.md': settingsPage(),
  'commands.md': commandsPage(),
  'routes.md': routesPage(document),
  'topics.md': topicsPage(),
  'collections.md': collectionsPage(),
  'metrics.md': metricsPage(metrics),
};
await close();

const texts = Object.entries(pages).map(([name, text]) => [name, `${NOTE}${text.trimEnd()}\n`]);
if (process.argv.includes('--check')) {
  const there = new Set(readdirSync(folder));
  const wrong = texts.filter(([name, text]) => !there.has(name) || readFileSync(join(folder, name), 'utf8') !== text);
  for (const [name] of wrong)
    console.error(`docs/reference/${name} is not what the code says: node scripts/reference.mjs`);
  process.exit(wrong.length === 0 ? 0 : 1);
}
mkdirSync(folder, { recursive: true });
for (const [name, text] of texts) writeFileSync(join(folder, name), text);
process.exit(0);
