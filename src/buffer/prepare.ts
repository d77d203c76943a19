import type { Settings } from '../config.js';
import { bufferError } from './errors.js';
import { coordinatorReady } from './group-coordinator.js';
import { createKafka } from './kafka-client.js';
import { ensureTopics } from './topics.js';

/**
 * Resolves when the topics are there and, where this instance processes, the group's coordinator serves. May be called
 * again after a failure. Rejects with BufferUnavailableError when Kafka can't be reached meanwhile, and with Kafka's own
 * word where it refuses.
 */
export async function prepareKafka({ kafka, roles }: Pick<Settings, 'kafka' | 'roles'>): Promise<void> {
  const admin = createKafka(kafka).admin();
  try {
    await admin.connect();
    await ensureTopics(admin, kafka);
    if (roles.includes('processing')) await coordinatorReady(admin, kafka);
  } catch (error) {
    throw bufferError(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
