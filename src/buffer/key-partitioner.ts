import kafkajs from 'kafkajs';
import type { KafkaAdmin } from './kafka-admin.js';

/** Keys whose partition is remembered: carts repeat their invoice number twenty times. */
const REMEMBERED_MAX = 10_000;

/** How long the number of partitions is trusted. */
const REFRESH_MS = 30_000;

type Metadata = Parameters<ReturnType<typeof kafkajs.Partitioners.DefaultPartitioner>>[0]['partitionMetadata'];

/**
 * The partition of a key, as every Kafka client computes it (murmur2), so that records of other producers with the
 * same key meet ours. Known before the record is sent, which is what makes its offset known when it is acknowledged.
 */
export class KeyPartitioner {
  private readonly choose = kafkajs.Partitioners.DefaultPartitioner();
  private readonly remembered = new Map<string, number>();
  private metadata: Metadata = [];
  private refreshedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly admin: KafkaAdmin,
    private readonly topic: string,
  ) {}

  /**
   * Learns the number of partitions when it is not known or old. Resolves with true when there are more than before: a
   * producer that is older than they are does not know them.
   */
  async ready(): Promise<boolean> {
    if (performance.now() - this.refreshedAtMs < REFRESH_MS) return false;
    const { topics } = await this.admin.ask((admin) => admin.fetchTopicMetadata({ topics: [this.topic] }));
    const partitions = topics[0]?.partitions ?? [];
    const known = this.metadata.length;
    if (partitions.length !== known) {
      this.remembered.clear();
      this.metadata = partitions;
    }
    this.refreshedAtMs = performance.now();
    return known > 0 && partitions.length > known;
  }

  partitionOf(key: string): number {
    let partition = this.remembered.get(key);
    if (partition === undefined) {
      partition = this.choose({ topic: this.topic, partitionMetadata: this.metadata, message: { key, value: null } });
      if (this.remembered.size >= REMEMBERED_MAX) this.remembered.clear();
      this.remembered.set(key, partition);
    }
    return partition;
  }

  /** Of a key that need not be text; not remembered. */
  partitionOfBytes(key: Buffer): number {
    return this.choose({ topic: this.topic, partitionMetadata: this.metadata, message: { key, value: null } });
  }

  /** Of a record without a key that came from the partition: that one, counted round where the topic has fewer. */
  partitionOfHome(home: number): number {
    return home % this.metadata.length;
  }
}
