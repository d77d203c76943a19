import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../scripts/usage.mjs';
import { engines } from './engines.mjs';
import { Stage } from './stage.mjs';

/**
 * Where figures are measured: a Kafka and a store of its own in a temporary folder (or those that KAFKA_BROKERS and
 * MONGODB_URI name), and the processes of the measurement, which all end with `close()`.
 */
export async function openStage({ say, signal }) {
  const folder = mkdtempSync(join(tmpdir(), 'docstream-bench-'));
  mkdirSync(join(folder, 'data'));
  try {
    const found = await engines({ folder, say, signal });
    return await openOn(folder, found);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function openOn(folder, found) {
  let stage = null;
  try {
    stage = new Stage(folder, found);
    await stage.connect();
    return stage;
  } catch (error) {
    await (stage ?? { close: found.stop }).close();
    const isAway = /^(Kafka|Mongo)/.test(error.name);
    throw isAway ? new UsageError(`KAFKA_BROKERS or MONGODB_URI can't be used: ${error.message}`) : error;
  }
}
