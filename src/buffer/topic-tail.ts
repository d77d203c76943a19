import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import type { Settings } from '../config.js';
import type { RecordHeader } from '../record-header.js';
import { askOnce } from './ask-once.js';
import { within } from './deadline.js';
import { BufferUnavailableError } from './errors.js';
import { unreadableOf } from './fetch-decoder.js';
import { createKafka } from './kafka-client.js';
import { headersOf } from './raw-record.js';

/** One record as it lies in a topic, undecoded. */
export interface TailRecord {
  topic: string;
  partition: number;
  offset: number;
  timestampMs: number;
  key: Buffer | null;
  value: Buffer | null;
  /** In the order of the record; a name may come more than once. */
  headers: RecordHeader[];
}

export interface TailOptions {
  topic: string;
  fromBeginning: boolean;
  /** null: all of them. */
  partition: number | null;
  /** Also records of transactions that are open or were aborted. */
  readUncommitted: boolean;
  signal: AbortSignal;
  /** Called with one record at a time, in the order of its partition; the next waits for it. False ends the tail. */
  onRecord(record: TailRecord): Promise<boolean> | boolean;
}

const ANSWER_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** Topics that an error names. */
const NAMED_MAX = 10;

/** The topic or the partition that was asked for does not exist. */
export class NoSuchTopicError extends Error {
  readonly code = 'NO_SUCH_TOPIC';
}

/**
 * Reads a topic beside the pipeline, in a consumer group of its own that is deleted at the end: nothing that others
 * read is moved. Resolves when the signal comes or `onRecord` has enough; rejects with NoSuchTopicError or
 * BufferUnavailableError.
 */
export async function tailTopic(settings: Settings['kafka'], options: TailOptions): Promise<void> {
  const kafka = createKafka({ ...settings, clientId: `${settings.clientId}-cli` });
  const groupId = `${settings.groupId}-tail-${randomUUID()}`;
  const partitions = await partitionsOf(kafka, options.topic);
  if (options.partition !== null && !partitions.includes(options.partition)) {
    throw new NoSuchTopicError(
      `${options.topic} has no partition ${options.partition}, it has 0 to ${partitions.length - 1}`,
    );
  }
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    readUncommitted: options.readUncommitted,
    maxWaitTimeInMs: 500,
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  try {
    await consume(consumer, options, partitions);
  } catch (error) {
    throw new BufferUnavailableError((error as Error).message, 2, { cause: error });
  } finally {
    await within(CLOSE_TIMEOUT_MS, consumer.disconnect(), () => new Error('late')).catch(() => undefined);
    await askOnce(kafka, CLOSE_TIMEOUT_MS, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
}

async function consume(consumer: Consumer, options: TailOptions, partitions: readonly number[]): Promise<void> {
  const { topic, partition: wanted, signal, onRecord } = options;
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: options.fromBeginning });
  let done = false;
  const ended = new Promise<void>((resolve, reject) => {
    const end = () => {
      done = true;
      resolve();
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      reject(payload.error);
    });
    const others = partitions.filter((partition) => wanted !== null && partition !== wanted);
    consumer.on(consumer.events.GROUP_JOIN, () => {
      if (others.length > 0) consumer.pause([{ topic, partitions: others }]);
    });
    consumer
      .run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          if (done || (wanted !== null && partition !== wanted)) return;
          const unreadable = unreadableOf(message);
          if (unreadable !== null) return reject(new Error(`partition ${partition}: ${unreadable.reason}`));
          const { offset, timestamp, key, value } = message;
          const at = { topic, partition, offset: Number(offset), timestampMs: Number(timestamp) };
          if (!(await onRecord({ ...at, key, value, headers: headersOf(message) }))) end();
        },
      })
      .catch(reject);
  });
  await ended;
}

async function partitionsOf(kafka: Kafka, topic: string): Promise<number[]> {
  return askOnce(kafka, ANSWER_TIMEOUT_MS, async (admin) => {
    const topics = await admin.listTopics();
    if (!topics.includes(topic)) {
      const known = topics.filter((name) => !name.startsWith('__')).sort();
      const named = known.length > NAMED_MAX ? [...known.slice(0, NAMED_MAX), '...'] : known;
      throw new NoSuchTopicError(`there is no topic ${topic}; there are: ${named.join(', ') || 'none'}`);
    }
    const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
    return (metadata.topics[0]?.partitions ?? []).map(({ partitionId }) => partitionId).sort((a, b) => a - b);
  });
}
