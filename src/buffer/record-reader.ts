import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Cluster, Kafka, KafkaMessage } from 'kafkajs';
import kafkajs from 'kafkajs';
import { SETTINGS, type Settings } from '../config.js';
import { within } from './deadline.js';
import { BufferUnavailableError } from './errors.js';
import { unreadableOf } from './fetch-decoder.js';
import { KAFKA } from './kafka-client.js';
import type { RawRecord } from './micro-batch.js';
import { rawRecord } from './raw-record.js';

const ANSWER_TIMEOUT_MS = 5_000;
/** An idle kafkajs connection costs CPU, so it is not kept for long. */
const KEEP_MS = 10_000;
/** Kafka sends at least one whole batch, however large it is; this keeps it from sending more. */
const FETCH_BYTES_MAX = 1_024;
/** A record behind somebody's open transaction is not processed yet, and it is there. */
const READ_UNCOMMITTED = 0;

/**
 * Reads single records of `ingestion-topic` by their position, in one fetch from the partition's leader and without a
 * consumer group: joining one takes seconds where brokers delay a group's first rebalance, and moves nothing but time.
 */
@Injectable()
export class RecordReader implements OnApplicationShutdown {
  private cluster: Promise<Cluster> | null = null;
  private idle: NodeJS.Timeout | null = null;

  constructor(
    @Inject(KAFKA) private readonly kafka: Kafka,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * The record at exactly this position; null when there is none: not yet, no longer, or never. Rejects with
   * BufferUnavailableError when Kafka does not answer within five seconds.
   */
  async read(partition: number, offset: number): Promise<RawRecord | null> {
    try {
      return await within(ANSWER_TIMEOUT_MS, this.readOrRetry(partition, offset), late);
    } catch (error) {
      await this.drop();
      if (error instanceof BufferUnavailableError) throw error;
      throw new BufferUnavailableError('Kafka does not give the record', 2, { cause: error });
    } finally {
      this.closeWhenIdle();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.drop();
  }

  private async readOrRetry(partition: number, offset: number): Promise<RawRecord | null> {
    try {
      return await this.fetch(partition, offset);
    } catch (error) {
      const type = (error as { type?: unknown }).type;
      if (type === 'OFFSET_OUT_OF_RANGE' || type === 'UNKNOWN_TOPIC_OR_PARTITION') return null;
      // The leader has moved, or the connection was closed while it was idle: once more, on a new one.
      await this.drop();
      return await this.fetch(partition, offset);
    }
  }

  private async fetch(partition: number, offset: number): Promise<RawRecord | null> {
    const { ingestionTopic: topic } = this.settings.kafka;
    const cluster = await this.connected();
    if (!cluster.findTopicPartitionMetadata(topic).some(({ partitionId }) => partitionId === partition)) return null;
    const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    const broker = await cluster.findBroker({ nodeId: leader ?? '' });
    const partitions = [{ partition, fetchOffset: String(offset), maxBytes: FETCH_BYTES_MAX }];
    const wanted = {
      isolationLevel: READ_UNCOMMITTED,
      maxWaitTime: 1,
      minBytes: 0,
      maxBytes: FETCH_BYTES_MAX,
      topics: [{ topic, partitions }],
    };
    const answer = (await broker.fetch(wanted)) as FetchAnswer;
    const messages = answer.responses[0]?.partitions[0]?.messages ?? [];
    const unreadable = unreadableOf(messages.at(-1) ?? {});
    if (unreadable !== null && unreadable.fromOffset <= offset) throw new BufferUnavailableError(unreadable.reason);
    const found = messages.find((message) => Number(message.offset) === offset && !message.isControlRecord);
    return found === undefined ? null : rawRecord(found);
  }

  /** kafkajs hands the cluster, which knows leaders and can fetch, to assigners only. This consumer never connects. */
  private connected(): Promise<Cluster> {
    this.cluster ??= (async () => {
      const holder: { cluster: Cluster | null } = { cluster: null };
      const groupId = `${this.settings.kafka.groupId}-none`;
      this.kafka.consumer({
        groupId,
        allowAutoTopicCreation: false,
        partitionAssigners: [
          (given) => {
            holder.cluster = given.cluster;
            return kafkajs.PartitionAssigners.roundRobin(given);
          },
        ],
      });
      const { cluster } = holder;
      if (cluster === null) throw new Error('kafkajs gave no cluster');
      await cluster.connect();
      await cluster.addTargetTopic(this.settings.kafka.ingestionTopic);
      await cluster.refreshMetadataIfNecessary();
      return cluster;
    })();
    return this.cluster;
  }

  private closeWhenIdle(): void {
    if (this.idle !== null) clearTimeout(this.idle);
    this.idle = setTimeout(() => void this.drop(), KEEP_MS).unref();
  }

  private async drop(): Promise<void> {
    const { cluster } = this;
    this.cluster = null;
    const closing = (cluster ?? Promise.resolve(null)).then((open) => open?.disconnect());
    await within(2_000, closing, late).catch(() => undefined);
  }
}

/** The part of kafkajs's answer that is needed; it leaves it untyped. */
interface FetchAnswer {
  responses: { partitions: { messages: FetchedMessage[] }[] }[];
}

type FetchedMessage = KafkaMessage & { isControlRecord?: boolean };

function late(): Error {
  return new BufferUnavailableError('Kafka did not answer in time');
}
