// Keeps one Kafka and one store running for quick test runs, and prints how to use them:
//   node scripts/test-engines.mjs [--data-dir DIR] [--stop]
// The engines stay when this script ends; --stop ends them. The data folder is .docstream/test unless told.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir, loadEngines, root } from './engines.mjs';

const { values } = parseArgs({ options: { 'data-dir': { type: 'string' }, stop: { type: 'boolean' } } });
const { startEngines } = await loadEngines();
const step = (text, ms) => process.stderr.write(`${text} (${(ms / 1000).toFixed(1)} s)\n`);
try {
  const dataDir = values['data-dir'] ?? join(root, '.docstream', 'test');
  const engines = await startEngines({ dataDir, cacheDir, kafka: true, store: true, onStep: step });
  if (values.stop) {
    await engines.stop();
    process.stderr.write('stopped\n');
  } else {
    process.stdout.write(`export TEST_KAFKA='${engines.kafka.brokers}'\n`);
    process.stdout.write(`export TEST_STORE='${engines.store.uri}'\n`);
    process.stderr.write(`Kafka has pid ${engines.kafka.pid}, the store ${engines.store.pid}\n`);
    engines.release();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
