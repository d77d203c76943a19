// A process of `npm run dev` that waits with the packages loaded, so that a reload has only the application to load:
// "load" loads it, "run" starts it.
import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
await Promise.all(Object.keys(dependencies).map((name) => import(name).catch(() => undefined)));
process.on('message', async (word) => {
  if (word === 'load') await import('../dist/app.js').catch(() => undefined);
  if (word === 'run') await import('../dist/main.js');
});
// It does not outlive the one that it belongs to.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
