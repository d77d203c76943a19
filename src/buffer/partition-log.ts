import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config.js';
import { KafkaAdmin } from './kafka-admin.js';

/** What the log of one partition holds: offsets from `start` (inclusive) to `end` (exclusive). */
export interface LogRange {
  partition: number;
  start: number;
  end: number;
}

/** What Kafka knows of `ingestion-topic`: the extent of its partitions and how far the group has come. */
@Injectable()
export class PartitionLog {
  constructor(
    private readonly admin: KafkaAdmin,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The log range of every partition, by partition number. */
  async ranges(): Promise<LogRange[]> {
    const { ingestionTopic } = this.settings.kafka;
    const offsets = await this.admin.ask((admin) => admin.fetchTopicOffsets(ingestionTopic));
    return offsets
      .map(({ partition, low, high }) => ({ partition, start: Number(low), end: Number(high) }))
      .sort((a, b) => a.partition - b.partition);
  }

  /**
   * The group's committed offset of each partition, null where it has none; absent where the broker that was asked does not
   * know the partition. Settled only after fencing.
   */
  async committed(): Promise<Map<number, number | null>> {
    const { groupId, ingestionTopic } = this.settings.kafka;
    const topics = await this.admin.ask((admin) => admin.fetchOffsets({ groupId, topics: [ingestionTopic] }));
    const committed = new Map<number, number | null>();
    for (const { partition, offset } of topics[0]?.partitions ?? []) {
      committed.set(partition, Number(offset) >= 0 ? Number(offset) : null);
    }
    return committed;
  }
}
