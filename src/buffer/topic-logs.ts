import type { Kafka } from 'kafkajs';
import { askCluster, type OffsetsOfTopic } from './hidden-cluster.js';
import { NO_LEADER } from './leaderless.js';

/** What the log of one partition holds. */
export interface LogExtent {
  partition: number;
  /** The first offset that the log still holds; null: the partition has no leader who could tell. */
  start: number | null;
  /** One past the last; null as above. */
  end: number | null;
}

/** Of all partitions of a topic, in their order. */
export type Log = LogExtent[];

/** What the partitions of the topics hold, in the topics' order. kafkajs's admin would ask three times for each topic. */
export async function logsOf(kafka: Kafka, topics: readonly string[]): Promise<Map<string, Log>> {
  const logs = await askCluster(kafka, async (cluster) => {
    await cluster.metadata();
    const known = new Map(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic)]));
    const asked = [...known].map(([topic, partitions]) => {
      const led = partitions.filter(({ leader }) => leader !== NO_LEADER);
      return { topic, partitions: led.map(({ partitionId }) => ({ partition: partitionId })) };
    });
    const offsets = async (fromBeginning: boolean) =>
      offsetsByTopic(await cluster.fetchTopicsOffset(asked.map((each) => ({ ...each, fromBeginning }))));
    const [starts, ends] = await Promise.all([offsets(true), offsets(false)]);
    return new Map(
      [...known].map(([topic, partitions]) => {
        const numbers = partitions.map(({ partitionId }) => partitionId).sort((a, b) => a - b);
        return [topic, logOf(numbers, starts.get(topic), ends.get(topic))];
      }),
    );
  });
  if (logs === null) throw new Error('this kafkajs shows no cluster');
  return logs;
}

type Offsets = ReadonlyMap<number, number>;

function offsetsByTopic(told: readonly OffsetsOfTopic[]): Map<string, Offsets> {
  return new Map(
    told.map(({ topic, partitions }) => [
      topic,
      new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)])),
    ]),
  );
}

function logOf(partitions: readonly number[], starts: Offsets = new Map(), ends: Offsets = new Map()): Log {
  return partitions.map((partition) => ({
    partition,
    start: starts.get(partition) ?? null,
    end: ends.get(partition) ?? null,
  }));
}
