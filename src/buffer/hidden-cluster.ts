import type { Kafka } from 'kafkajs';

/** What kafkajs 2.2.4 knows of a Kafka and shows to nobody: the requests that its clients have no method for. */
export interface HiddenCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  brokerPool: { versions?: Record<number, { maxVersion: number }> };
  /** Has it know the partitions of the topics. */
  addMultipleTargetTopics(topics: readonly string[]): Promise<unknown>;
  /** Has it know every topic. */
  metadata(): Promise<unknown>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  /** Where the logs of all partitions begin, or end, in one request to each broker. The topics must be known. */
  fetchTopicsOffset(topics: readonly (PartitionsOfTopic & { fromBeginning: boolean })[]): Promise<OffsetsOfTopic[]>;
  findGroupCoordinator(of: { groupId: string; coordinatorType: number }): Promise<TransactionCoordinator>;
}

export interface PartitionsOfTopic {
  topic: string;
  partitions: { partition: number }[];
}

export interface OffsetsOfTopic {
  topic: string;
  partitions: { partition: number; offset: string }[];
}

/** The broker that decides on the transactions of an id. Each request rejects with what Kafka answers. */
export interface TransactionCoordinator {
  initProducerId(request: { transactionalId: string; transactionTimeout: number }): Promise<ProducerIdentity>;
  addPartitionsToTxn(request: InTransaction & { topics: { topic: string; partitions: number[] }[] }): Promise<unknown>;
  addOffsetsToTxn(request: InTransaction & { groupId: string }): Promise<unknown>;
  endTxn(request: InTransaction & { transactionResult: boolean }): Promise<unknown>;
}

export interface ProducerIdentity {
  producerId: string;
  producerEpoch: number;
}

type InTransaction = ProducerIdentity & { transactionalId: string };

/** Runs the question on a cluster of its own, connected before and disconnected after; null: this kafkajs has none. */
export async function askCluster<T>(kafka: Kafka, question: (cluster: HiddenCluster) => Promise<T>): Promise<T | null> {
  const hidden = Object.getOwnPropertySymbols(kafka).find((symbol) => symbol.description?.endsWith('createCluster'));
  if (hidden === undefined) return null;
  const make: unknown = Reflect.get(kafka, hidden);
  if (typeof make !== 'function') return null;
  const options = { metadataMaxAge: 60_000, allowAutoTopicCreation: false };
  const cluster = Reflect.apply(make, kafka, [options]) as HiddenCluster;
  try {
    await cluster.connect();
    return await question(cluster);
  } finally {
    await cluster.disconnect();
  }
}
