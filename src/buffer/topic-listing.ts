import type { Settings } from '../config.js';
import { askOnce } from './ask-once.js';
import { createKafka } from './kafka-client.js';

/** One partition of a topic: what its log holds and how far the group has come in it. */
export interface TopicPartition {
  topic: string;
  partition: number;
  /** The first offset that the log still holds. */
  start: number;
  /** One past the last. */
  end: number;
  /** The group's committed offset; null where it has none. */
  committed: number | null;
  /** Records that the group has not processed; null where it does not consume the topic. */
  lag: number | null;
}

const ANSWER_TIMEOUT_MS = 15_000;

/**
 * Every partition of every topic, Kafka's own (`__...`) only when asked for, ordered by topic and partition. The group's
 * topics are those that it has committed in, and `ingestion-topic`. Rejects with BufferUnavailableError.
 */
export async function listTopics(settings: Settings['kafka'], internal = false): Promise<TopicPartition[]> {
  const kafka = createKafka({ ...settings, clientId: `${settings.clientId}-cli` });
  return askOnce(kafka, ANSWER_TIMEOUT_MS, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => internal || !topic.startsWith('__')).sort();
    const committed = await admin.fetchOffsets({ groupId: settings.groupId, topics });
    const rows: TopicPartition[] = [];
    for (const topic of topics) {
      const positions = new Map<number, number>();
      for (const { partition, offset } of committed.find((entry) => entry.topic === topic)?.partitions ?? []) {
        if (Number(offset) >= 0) positions.set(partition, Number(offset));
      }
      const consumed = positions.size > 0 || topic === settings.ingestionTopic;
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const [start, end, at] = [Number(low), Number(high), positions.get(partition) ?? null];
        rows.push({
          topic,
          partition,
          start,
          end,
          committed: at,
          lag: consumed ? end - Math.max(at ?? start, start) : null,
        });
      }
    }
    return rows.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
  });
}
