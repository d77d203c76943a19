import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { within } from './deadline.js';
import { BufferUnavailableError } from './errors.js';

const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Asks Kafka over an admin connection that is opened for it and closed again. Rejects with BufferUnavailableError when
 * Kafka does not answer within the time or refuses; what the question itself throws comes through as it is.
 */
export async function askOnce<T>(kafka: Kafka, timeoutMs: number, question: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    return await within(
      timeoutMs,
      admin.connect().then(() => question(admin)),
      late,
    );
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSError)) throw error;
    throw new BufferUnavailableError(error.message, 2, { cause: error });
  } finally {
    await within(CLOSE_TIMEOUT_MS, admin.disconnect(), late).catch(() => undefined);
  }
}

function late(): Error {
  return new BufferUnavailableError('no answer in time');
}
