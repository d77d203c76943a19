import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { SETTINGS, type Settings } from '../config.js';
import { inTime, within } from './deadline.js';
import { BufferUnavailableError } from './errors.js';
import { IdempotentProducer } from './idempotent-producer.js';
import { KAFKA } from './kafka-client.js';
import { KafkaAdmin } from './kafka-admin.js';
import { KeyPartitioner } from './key-partitioner.js';
import { AppendQueue, bytesOf, type Ticket } from './append-queue.js';
import type { AppendRecord, Position } from './append-record.js';
import { acknowledge, layOut } from './append-request.js';
import { cutRequests } from './cut-requests.js';
import { groupQuickly } from './group-quickly.js';
import { requestBytes, type RequestBytes } from './request-bytes.js';

export type { AppendRecord, Position };

/** How many append time-outs a stream waits for room: reading a body may take long, as long as Kafka goes on. */
const STREAM_PATIENCE = 6;

/** What a post may wait for the next one; less than a produce request takes. */
const GATHER_MS = 2;

/** What it may wait in all while others keep coming in. */
const GATHER_MS_MAX = 8;

/** From so many posts on, those that wait also wait for those that were just answered. */
const CROWD = 16;

/**
 * Appends records to `ingestion-topic`. One produce request is in flight at a time and whatever arrives meanwhile
 * joins the next one, so latency is one round trip and throughput grows with concurrency. Acknowledged means: by all
 * in-sync replicas, through an idempotent producer. Bounded by DOCSTREAM_IN_FLIGHT_BYTES_MAX.
 */
@Injectable()
export class Appender implements OnApplicationShutdown {
  private readonly logger = new Logger(Appender.name);
  private readonly request: RequestBytes;
  private readonly queue: AppendQueue;
  private readonly partitioner: KeyPartitioner;
  private readonly producer: IdempotentProducer;
  private sending: Promise<void> | null = null;
  private closed = false;
  /** Posts in the last request. */
  private lastPosts = 1;
  /** Set by a failed send, cleared by the next good one: what readiness asks. */
  private hasFailed = false;

  constructor(
    @Inject(KAFKA) kafka: Kafka,
    @Inject(SETTINGS) private readonly settings: Settings,
    admin: KafkaAdmin,
  ) {
    this.request = requestBytes(settings.kafka.messageBytesMax);
    this.queue = new AppendQueue(settings.kafka.inFlightBytesMax, this.request);
    this.producer = new IdempotentProducer(kafka);
    this.partitioner = new KeyPartitioner(admin, settings.kafka.ingestionTopic);
  }

  /**
   * Resolves with the record's position once every in-sync replica has it. Rejects with BufferUnavailableError at once
   * when the window in flight is full, and when Kafka did not acknowledge in time: then the record may or may not be
   * there, and sending it again with the same event id is safe.
   */
  async append(record: AppendRecord): Promise<Position> {
    const ticket = this.queue.offer(record);
    if (ticket === null) throw new BufferUnavailableError('the window of unacknowledged records is full', 1);
    this.pump();
    const [position] = await ticket.acknowledged;
    if (position === undefined) throw new BufferUnavailableError('Kafka gave no position');
    return position;
  }

  /**
   * For streams: resolves when there was room in the window and the records are queued, so that a slow Kafka slows
   * the reader. `acknowledged` settles when all of them are acknowledged, or rejects as `append` does.
   */
  async enqueue(records: readonly AppendRecord[]): Promise<{ acknowledged: Promise<void> }> {
    const parts: Promise<Position[]>[] = [];
    // Small records have more headers than content: what was read at once may be more than a partition takes as a batch.
    for (const part of cutRequests(records, bytesOf, this.request.stream)) {
      const ticket = await this.queue.wait(part, STREAM_PATIENCE * this.settings.kafka.appendTimeoutMs);
      // It may fail while the next part waits for room, before anybody has heard of it.
      ticket.acknowledged.catch(() => undefined);
      parts.push(ticket.acknowledged);
      this.pump();
    }
    const acknowledged = Promise.all(parts).then(() => undefined);
    acknowledged.catch(() => undefined);
    return { acknowledged };
  }

  /** False from a failed send until the next good one. */
  get healthy(): boolean {
    return !this.hasFailed;
  }

  /** Bytes accepted and not yet acknowledged. */
  get inFlightBytes(): number {
    return this.queue.bytes;
  }

  /** Connects ahead of the first post, so that it does not pay for it. */
  async connect(): Promise<void> {
    await within(this.settings.kafka.appendTimeoutMs, this.producer.get(), tooLate);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    while (this.sending !== null) await this.sending;
    await this.producer.drop();
  }

  private pump(): void {
    if (this.sending !== null) return;
    this.sending = this.sendAll().finally(() => {
      this.sending = null;
      if ((this.queue.postsWaiting > 0 || this.queue.hasStreams) && !this.closed) this.pump();
    });
  }

  private async sendAll(): Promise<void> {
    for (let tickets = await this.gather(); tickets.length > 0; tickets = await this.gather()) {
      try {
        await this.send(tickets);
        this.hasFailed = false;
      } catch (error) {
        this.hasFailed = true;
        const unavailable = new BufferUnavailableError('Kafka did not acknowledge in time', 2, { cause: error });
        for (const ticket of tickets) this.queue.fail(ticket, unavailable);
        // A producer whose last request has an unknown end would give its sequence numbers to other records, and the
        // broker would take those for repeats and drop them. A new producer has a new identity.
        await this.producer.drop();
        this.logger.warn(`append failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  /**
   * What goes into the next request. Clients that were answered together send again together, so it waits until as many
   * are there as the last request had; a lone client waits for nobody. A crowd would split into two halves that take turns;
   * so its waiting half waits for the other one, which saves half of the requests.
   */
  private async gather(): Promise<Ticket[]> {
    const together = this.lastPosts + this.queue.postsWaiting;
    // One turn of the loop, so that whatever is already read joins.
    await new Promise((resume) => setImmediate(resume));
    const expected = together >= CROWD ? together : this.lastPosts;
    await this.company(expected);
    this.lastPosts = Math.max(1, this.queue.postsWaiting);
    return this.queue.take();
  }

  /**
   * Until so many posts are there or no more come in. The machine may be slow: a time for all of them would cut a crowd in
   * the middle of its reading.
   */
  private async company(expected: number): Promise<void> {
    const { queue } = this;
    const since = performance.now();
    for (let before = 0; queue.postsWaiting > before && queue.postsWaiting < expected && !queue.hasStreams;) {
      before = queue.postsWaiting;
      const left = GATHER_MS_MAX - (performance.now() - since);
      if (left > 0) await queue.reaches(expected, Math.min(GATHER_MS, left));
    }
  }

  private async send(tickets: Ticket[]): Promise<void> {
    const { ingestionTopic: topic, appendTimeoutMs } = this.settings.kafka;
    const sending = async (over: AbortSignal) => {
      const producer = await this.producer.getFor(this.partitioner, over);
      const { messages, places } = layOut(tickets, this.partitioner);
      try {
        const answers = await producer.send({
          topic,
          messages: groupQuickly(messages),
          acks: -1,
          timeout: appendTimeoutMs,
        });
        acknowledge(tickets, places, answers, this.queue);
      } finally {
        // Dropped long ago, and connected again by kafkajs's own retries.
        if (over.aborted) await producer.disconnect();
      }
    };
    // From now, not from when they were queued: a Kafka that is slow but goes on must not fail whoever waits in line.
    await inTime(appendTimeoutMs, sending, tooLate);
  }
}

function tooLate(): Error {
  return new BufferUnavailableError('Kafka did not answer in time');
}
