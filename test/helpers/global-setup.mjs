// One Kafka for the whole run and a store for each worker, for the local store stands still for seconds when it has much
// to do; on fresh data. Where addresses are given already (scripts/test-engines.mjs prints them), those are used and
// nothing is started.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir, loadEngines } from '../../scripts/engines.mjs';
import stopTestEngines from './global-teardown.mjs';

export default async function startTestEngines({ maxWorkers }) {
  if (process.env.TEST_KAFKA && process.env.TEST_STORE) return;
  const { startEngines, startStore } = await loadEngines();
  const dataDir = mkdtempSync(join(tmpdir(), 'docstream-test-'));
  const onStep = (step, ms) => process.stdout.write(`${step} (${(ms / 1000).toFixed(1)} s)\n`);
  const engines = [];
  globalThis.docstreamTestEngines = { engines, dataDir };
  try {
    const first = await startEngines({ dataDir, cacheDir, kafka: true, store: true, onStep });
    engines.push(first);
    const stores = [first.store.uri];
    while (stores.length < maxWorkers) {
      const store = await startStore({ dataDir: join(dataDir, `store-${stores.length + 1}`), cacheDir, onStep });
      engines.push(store);
      stores.push(store.uri);
    }
    process.env.TEST_KAFKA = first.kafka.brokers;
    process.env.TEST_STORE = stores.join(' ');
  } catch (error) {
    await stopTestEngines();
    throw error;
  }
  // A run that is interrupted must not leave engines behind. npm passes a Ctrl-C on to a process that the terminal has
  // sent it already, so the second signal must not cut the stopping short.
  let stopping;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      stopping ??= stopTestEngines().finally(() => process.exit(130));
    });
  }
}
