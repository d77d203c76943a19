import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { IHeaders, Kafka, Producer } from 'kafkajs';
import { SETTINGS, type Settings } from '../config.js';
import type { Position } from './append-record.js';
import { cutRequests } from './cut-requests.js';
import { inTime, within } from './deadline.js';
import { BufferUnavailableError, isTooLarge, RecordTooLargeError } from './errors.js';
import { groupQuickly } from './group-quickly.js';
import { IdempotentProducer } from './idempotent-producer.js';
import { KafkaAdmin } from './kafka-admin.js';
import { positionsOf } from './append-request.js';
import { KAFKA } from './kafka-client.js';
import { KeyPartitioner } from './key-partitioner.js';
import type { RecordHeader } from '../record-header.js';
import { headersByName } from './raw-record.js';
import { requestBytes } from './request-bytes.js';

/** A record on its way back into `ingestion-topic`, byte for byte. */
export interface RawAppend {
  /** Decides the partition, as it does for every producer. */
  key: Buffer | null;
  value: Buffer | null;
  headers: readonly RecordHeader[];
  /** Where a record without a key goes: the partition that it came from, if the topic has so many. */
  partition: number;
}

/** Where a record lies now, or why it does not: Kafka never takes it, or did not acknowledge it in time. */
export type AppendOutcome = Position | RecordTooLargeError | BufferUnavailableError;

/** A record and what became of it; null: not known yet. */
interface Entry {
  record: RawAppend;
  outcome: AppendOutcome | null;
}

/** A producer for one call of `append`; `over` once that has given it up. */
interface Lent {
  producer: Producer;
  over: AbortSignal;
}

/** What Kafka adds to a record. */
const RECORD_OVERHEAD_BYTES = 200;
/** An idle kafkajs connection costs CPU, so it is not kept for long. */
const KEEP_MS = 10_000;
const NOT_IN_TIME = 'Kafka did not acknowledge in time';

/**
 * Appends raw records to `ingestion-topic`, apart from the posts, whose window and pace it leaves alone. Acknowledged
 * means the same as there: by all in-sync replicas, through an idempotent producer.
 */
@Injectable()
export class Replayer implements OnApplicationShutdown {
  private readonly producer: IdempotentProducer;
  private readonly partitioner: KeyPartitioner;
  /** One request at a time: the end of this one. */
  private last: Promise<unknown> = Promise.resolve();
  private idle: NodeJS.Timeout | undefined;

  constructor(
    @Inject(KAFKA) kafka: Kafka,
    @Inject(SETTINGS) private readonly settings: Settings,
    admin: KafkaAdmin,
  ) {
    this.producer = new IdempotentProducer(kafka);
    this.partitioner = new KeyPartitioner(admin, settings.kafka.ingestionTopic);
  }

  /**
   * What became of each record, in the same order; never rejects. Each partition's records go to it in their order and
   * apart from the others', so that one that takes nothing holds up its own alone. Of a record that was not acknowledged
   * in time nothing is known, and sending it again is safe as long as it has its event id.
   */
  append(records: readonly RawAppend[]): Promise<AppendOutcome[]> {
    const appended = this.last.then(() => this.appendAll(records));
    this.last = appended;
    this.closeWhenIdle(this.last);
    return appended;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.last;
    clearTimeout(this.idle);
    await this.producer.drop();
  }

  private async appendAll(records: readonly RawAppend[]): Promise<AppendOutcome[]> {
    const { appendTimeoutMs } = this.settings.kafka;
    const entries = records.map((record): Entry => ({ record, outcome: null }));
    const over = new AbortController();
    let cause: unknown;
    try {
      const producer = await inTime(appendTimeoutMs, (late) => this.producer.getFor(this.partitioner, late), tooLate);
      const lent = { producer, over: over.signal };
      const partitions = [...this.byPartition(entries)];
      const sent = await Promise.allSettled(partitions.map(([partition, own]) => this.appendTo(partition, own, lent)));
      for (const end of sent) if (end.status === 'rejected') cause = end.reason;
    } catch (error) {
      cause = error;
    }
    if (cause !== undefined) {
      over.abort();
      // See Appender: after a failed send a producer's sequence numbers can't be trusted any more.
      await this.producer.drop();
    }
    return entries.map(({ outcome }) => outcome ?? new BufferUnavailableError(NOT_IN_TIME, 2, { cause }));
  }

  private byPartition(entries: readonly Entry[]): Map<number, Entry[]> {
    const partitions = new Map<number, Entry[]>();
    for (const entry of entries) {
      const { key, partition: home } = entry.record;
      const partition = key === null ? this.partitioner.partitionOfHome(home) : this.partitioner.partitionOfBytes(key);
      const own = partitions.get(partition);
      if (own === undefined) partitions.set(partition, [entry]);
      else own.push(entry);
    }
    return partitions;
  }

  /** Rejects at the first that is not acknowledged; those behind it are left. */
  private async appendTo(partition: number, entries: readonly Entry[], lent: Lent): Promise<void> {
    const { replayed } = requestBytes(this.settings.kafka.messageBytesMax);
    for (const request of cutRequests(entries, ({ record }) => sizeOf(record), replayed)) {
      try {
        await this.send(partition, request, lent);
      } catch (error) {
        const [entry, ...others] = request;
        if (!isTooLarge(error) || entry === undefined) throw error;
        // Refused whole, before any of it was appended.
        if (others.length === 0) entry.outcome = new RecordTooLargeError('the record is larger than the topic takes');
        else for (const one of request) await this.appendTo(partition, [one], lent);
      }
    }
  }

  private async send(partition: number, entries: readonly Entry[], { producer, over }: Lent): Promise<void> {
    const { ingestionTopic: topic, appendTimeoutMs } = this.settings.kafka;
    const messages = entries.map(({ record: { key, value, headers } }) => {
      return { key, value, partition, headers: headersByName(headers) as IHeaders };
    });
    const sending = producer
      .send({ topic, messages: groupQuickly(messages), acks: -1, timeout: appendTimeoutMs })
      .finally(async () => {
        // Dropped long ago, and connected again by kafkajs's own retries.
        if (over.aborted) await producer.disconnect();
      });
    const places = entries.map((_, offset) => ({ partition, offset }));
    const positions = positionsOf(places, await within(appendTimeoutMs, sending, tooLate));
    for (const [index, entry] of entries.entries()) entry.outcome = positions[index] ?? null;
  }

  /** Once `sent` has settled and nothing came after it. */
  private closeWhenIdle(sent: Promise<unknown>): void {
    clearTimeout(this.idle);
    void sent.then(() => {
      if (sent === this.last) this.idle = setTimeout(() => void this.producer.drop(), KEEP_MS).unref();
    });
  }
}

function sizeOf({ key, value, headers }: RawAppend): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
  for (const header of headers) bytes += header.name.length + (header.value?.length ?? 0);
  return bytes;
}

function tooLate(): Error {
  return new BufferUnavailableError('Kafka did not answer in time');
}
