import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Kafka, Message } from 'kafkajs';
import { SETTINGS, type Settings } from '../config.js';
import type { Position } from './append-record.js';
import { within } from './deadline.js';
import { BufferUnavailableError, isTooLarge, RecordTooLargeError } from './errors.js';
import { IdempotentProducer } from './idempotent-producer.js';
import { KafkaAdmin } from './kafka-admin.js';
import { positionsOf } from './append-request.js';
import { KAFKA } from './kafka-client.js';
import { KeyPartitioner } from './key-partitioner.js';
import { type Header, headersByName } from './raw-record.js';

/** A record on its way back into `ingestion-topic`, byte for byte. */
export interface RawAppend {
  /** Decides the partition, as it does for every producer. */
  key: Buffer | null;
  value: Buffer | null;
  headers: readonly Header[];
  /** Where a record without a key goes: the partition that it came from. */
  partition: number;
}

/** What one produce request may carry, with room for what Kafka adds to each record. */
const REQUEST_BYTES_MAX = 500_000;
const RECORD_OVERHEAD_BYTES = 200;
/** An idle kafkajs connection costs CPU, so it is not kept for long. */
const KEEP_MS = 10_000;

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
   * The position of each record, in the same order, or RecordTooLargeError where Kafka never takes the record. Rejects
   * with BufferUnavailableError when Kafka did not acknowledge in time: then some of the records may be there, and
   * sending all of them again is safe as long as each has its event id.
   */
  append(records: readonly RawAppend[]): Promise<(Position | RecordTooLargeError)[]> {
    const appended = this.last.then(() => this.appendAll(records));
    this.last = appended.catch(() => undefined);
    this.closeWhenIdle(this.last);
    return appended;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.last;
    clearTimeout(this.idle);
    await this.producer.drop();
  }

  private async appendAll(records: readonly RawAppend[]): Promise<(Position | RecordTooLargeError)[]> {
    const results: (Position | RecordTooLargeError)[] = [];
    for (const request of requests(records)) {
      const positions = await this.send(request);
      if (!(positions instanceof RecordTooLargeError)) results.push(...positions);
      else if (request.length === 1) results.push(positions);
      else for (const record of request) results.push(...(await this.appendAll([record])));
    }
    return results;
  }

  private async send(records: readonly RawAppend[]): Promise<Position[] | RecordTooLargeError> {
    const { ingestionTopic: topic, appendTimeoutMs } = this.settings.kafka;
    try {
      const sending = (async () => {
        if (await this.partitioner.ready()) await this.producer.drop();
        const { messages, places } = this.layOut(records);
        const producer = await this.producer.get();
        const answers = await producer.send({ topic, messages, acks: -1, timeout: appendTimeoutMs });
        return positionsOf(places, answers);
      })();
      return await within(appendTimeoutMs, sending, () => new BufferUnavailableError('Kafka did not answer in time'));
    } catch (error) {
      // See Appender: after a failed send a producer's sequence numbers can't be trusted any more.
      await this.producer.drop();
      if (isTooLarge(error)) return new RecordTooLargeError('the record is larger than the topic takes');
      throw new BufferUnavailableError('Kafka did not acknowledge in time', 2, { cause: error });
    }
  }

  /** The messages, and for each its partition and its place among that partition's messages. */
  private layOut(records: readonly RawAppend[]): { messages: Message[]; places: Position[] } {
    const counts: number[] = [];
    const places: Position[] = [];
    const messages = records.map(({ key, value, headers, partition: home }): Message => {
      const partition = key === null ? home : this.partitioner.partitionOfBytes(key);
      const offset = counts[partition] ?? 0;
      counts[partition] = offset + 1;
      places.push({ partition, offset });
      return { key, value, partition, headers: headersByName(headers) };
    });
    return { messages, places };
  }

  /** Once `sent` has settled and nothing came after it. */
  private closeWhenIdle(sent: Promise<unknown>): void {
    clearTimeout(this.idle);
    void sent.then(() => {
      if (sent === this.last) this.idle = setTimeout(() => void this.producer.drop(), KEEP_MS).unref();
    });
  }
}

/** At least one record each, then as many as fit. */
function* requests(records: readonly RawAppend[]): Generator<RawAppend[]> {
  let request: RawAppend[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (request.length > 0 && bytes + size > REQUEST_BYTES_MAX) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(record);
    bytes += size;
  }
  if (request.length > 0) yield request;
}

function sizeOf({ key, value, headers }: RawAppend): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
  for (const header of headers) bytes += header.name.length + header.value.length;
  return bytes;
}
