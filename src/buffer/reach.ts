import type { Settings } from '../config.js';
import { BufferUnavailableError } from './errors.js';
import { createKafka } from './kafka-client.js';

/** Resolves when one of the brokers answers; rejects with BufferUnavailableError, soon, when none does. */
export async function reachKafka(settings: Settings['kafka']): Promise<void> {
  const admin = createKafka(settings).admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await admin.describeCluster();
  } catch (error) {
    throw new BufferUnavailableError('Kafka does not answer', 2, { cause: error });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
