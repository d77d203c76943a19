// One Kafka and one store for the whole run, on fresh data. Where both addresses are given already
// (scripts/test-engines.mjs prints them), those are used and nothing is started.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir, loadEngines } from '../../scripts/engines.mjs';
import stopTestEngines from './global-teardown.mjs';

export default async function startTestEngines() {
  if (process.env.DOCSTREAM_TEST_KAFKA && process.env.DOCSTREAM_TEST_STORE) return;
  const { startEngines } = await loadEngines();
  const dataDir = mkdtempSync(join(tmpdir(), 'docstream-test-'));
  const onStep = (step, ms) => process.stdout.write(`${step} (${(ms / 1000).toFixed(1)} s)\n`);
  const engines = await startEngines({ dataDir, cacheDir, kafka: true, store: true, onStep }).catch((error) => {
    rmSync(dataDir, { recursive: true, force: true });
    throw error;
  });
  process.env.DOCSTREAM_TEST_KAFKA = engines.kafka.brokers;
  process.env.DOCSTREAM_TEST_STORE = engines.store.uri;
  globalThis.docstreamTestEngines = { engines, dataDir };
  // A run that is interrupted must not leave engines behind. npm passes a Ctrl-C on to a process that the terminal has
  // sent it already, so the second signal must not cut the stopping short.
  let stopping;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      stopping ??= stopTestEngines().finally(() => process.exit(130));
    });
  }
}
