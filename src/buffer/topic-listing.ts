import { setTimeout as pause } from 'node:timers/promises';
import type { Settings } from '../config.js';
import { askOnce } from './ask-once.js';
import { createKafka } from './kafka-client.js';
import { type LogExtent, logsOf } from './topic-logs.js';

/** One partition of a topic: what its log holds and how far the group has come in it. */
export interface TopicPartition extends LogExtent {
  topic: string;
  /** The group's committed offset; null where it has none. */
  committed: number | null;
  /** Records that the group has not processed; null where it does not consume the topic, or nobody can tell. */
  lag: number | null;
}

const ANSWER_TIMEOUT_MS = 15_000;
const LISTINGS_MAX = 5;
const LISTING_PAUSE_MS = 1_000;
/** kafkajs would look for a topic that is gone until the time is over. */
const RETRIES = 2;

/**
 * Every partition of every topic, Kafka's own (`__...`) only when asked for, ordered by topic and partition. The group's
 * topics are those that it has committed in, and `ingestion-topic`. Rejects with BufferUnavailableError.
 */
export async function listTopics(settings: Settings['kafka'], internal = false): Promise<TopicPartition[]> {
  for (let listings = 1; ; listings += 1) {
    try {
      return await list(settings, internal);
    } catch (error) {
      // A topic that was named is deleted by now, or a broker is about to know the group: what there is now is another list.
      if (!isPassing(error) || listings === LISTINGS_MAX) throw error;
      await pause(LISTING_PAUSE_MS);
    }
  }
}

/** By kafkajs's own word, on whatever it was that it has tried often enough. */
function isPassing(error: unknown): boolean {
  const { retriable, cause } = error as { retriable?: unknown; cause?: unknown };
  return retriable === true || (cause !== undefined && isPassing(cause));
}

async function list(settings: Settings['kafka'], internal: boolean): Promise<TopicPartition[]> {
  const kafka = createKafka({ ...settings, clientId: `${settings.clientId}-cli` }, RETRIES);
  return askOnce(kafka, ANSWER_TIMEOUT_MS, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => internal || !topic.startsWith('__')).sort();
    const [committed, logs] = await Promise.all([
      // All that the group has: with topics it would ask for each of them first.
      admin.fetchOffsets({ groupId: settings.groupId }),
      logsOf(kafka, topics),
    ]);
    const rows: TopicPartition[] = [];
    for (const [topic, log] of logs) {
      const positions = new Map<number, number>();
      for (const { partition, offset } of committed.find((entry) => entry.topic === topic)?.partitions ?? []) {
        if (Number(offset) >= 0) positions.set(partition, Number(offset));
      }
      const consumed = positions.size > 0 || topic === settings.ingestionTopic;
      for (const { partition, start, end } of log) {
        const at = positions.get(partition) ?? null;
        const lag = consumed && start !== null && end !== null ? end - Math.max(at ?? start, start) : null;
        rows.push({ topic, partition, start, end, committed: at, lag });
      }
    }
    return rows;
  });
}
