import { Logger } from '@nestjs/common';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Consumer, ConsumerEndBatchProcessEvent, EachBatchPayload, Kafka } from 'kafkajs';
import type { Settings } from '../config.js';
import { within } from './deadline.js';
import { INGESTION, type Assignment, type MicroBatch, type Verdict } from './micro-batch.js';
import { PartitionLocks } from './partition-locks.js';
import { alive, waitAlive } from './alive.js';
import { BatchPace } from './batch-pace.js';
import { createConsumer, joinMsMax, leave, order } from './group-consumer.js';
import { handOver } from './hand-over.js';
import { initialStatus } from './consumer-status.js';
import { Membership } from './membership.js';
import { splitBatch } from './split-batch.js';

const RESTART_MS = 1_000;
const LEAVE_MS = 5_000;
const NO_RECORDS = { records: [], endOffset: 0, heartbeat: () => Promise.resolve() };

/**
 * A Nest transport that hands whole micro-batches to the `@EventPattern<string>(INGESTION)` handler. Guarantees: batches of a
 * partition come one at a time and in order; a batch that was answered `done` is not delivered again within an
 * assignment; an unreachable dependency pauses the partition and keeps the group membership; a consumer that crashed
 * is made anew. Offsets are committed by the handler, in its own transaction, never here.
 */
export class MicroBatchServer extends Server implements CustomTransportStrategy {
  readonly consumerStatus = initialStatus();
  protected override readonly logger = new Logger(MicroBatchServer.name);
  private readonly locks = new PartitionLocks();
  private readonly pace: BatchPace;
  private readonly membership: Membership;
  private consumer: Consumer | null = null;
  private assignment: Assignment = { generation: 0 };
  private closing = false;
  private watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly settings: Settings,
  ) {
    super();
    this.pace = new BatchPace(settings.processing.batchRecordsMax);
    this.membership = new Membership(settings.kafka.sessionTimeoutMs);
  }

  /** Joins the group; calls back once the subscription stands, before the first batch. */
  listen(callback: (error?: unknown) => void): void {
    this.watch = setInterval(() => this.onSilence(), this.settings.kafka.sessionTimeoutMs);
    this.start().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  /** Stops taking, lets the running micro-batches finish within the shutdown time, leaves the group. */
  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.watch);
    this.consumerStatus.state = 'stopped';
    const { consumer } = this;
    this.consumer = null;
    await leave(consumer, this.settings.http.shutdownTimeoutMs);
  }

  override on(): never {
    throw new Error('MicroBatchServer has no events; read consumerStatus');
  }

  override unwrap<T>(): T {
    return this.consumer as T;
  }

  private async start(): Promise<void> {
    const consumer = createConsumer(this.kafka, this.settings.kafka);
    this.consumer = consumer;
    this.membership.follow(consumer);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.onJoin(consumer, payload.memberAssignment));
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => this.onHidden(consumer, payload));
    consumer.on(consumer.events.CRASH, ({ payload }) => this.onCrash(consumer, payload.error));
    await consumer.connect();
    await consumer.subscribe({ topics: [this.settings.kafka.ingestionTopic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: Math.max(3, this.settings.kafka.partitions),
      eachBatch: (payload) => this.eachBatch(consumer, payload),
    });
  }

  private onJoin(consumer: Consumer, assigned: Record<string, number[]>): void {
    if (consumer !== this.consumer) return;
    this.assignment = { generation: this.assignment.generation + 1 };
    this.consumerStatus.state = 'running';
    this.consumerStatus.lastProgressAtMs = Date.now();
    this.consumerStatus.assigned = Object.values(assigned).flat();
    this.consumerStatus.stopped.clear();
    this.consumerStatus.waiting.clear();
    for (const [topic, partitions] of Object.entries(assigned)) {
      consumer.resume([{ topic }]);
      // The handler takes up the partitions' positions before anything arrives.
      for (const partition of partitions)
        void this.deliverEmpty(consumer, { topic, partition, fromOffset: 0, nextOffset: 0 });
    }
  }

  /** kafkajs passes over a fetch that holds only what is hidden; the positions have to pass over it as well. */
  private onHidden(consumer: Consumer, payload: ConsumerEndBatchProcessEvent['payload']): void {
    const { topic, partition, batchSize, firstOffset, lastOffset } = payload;
    if (batchSize > 0 || consumer !== this.consumer) return;
    const range = { fromOffset: Number(firstOffset ?? lastOffset), nextOffset: Number(lastOffset) + 1 };
    void this.deliverEmpty(consumer, { topic, partition, ...range });
  }

  /** Hands over a batch without records, until the handler could take it; fetched batches come after that. */
  private async deliverEmpty(consumer: Consumer, range: Omit<MicroBatch, keyof typeof NO_RECORDS | 'assignment'>) {
    const { assignment } = this;
    while (assignment === this.assignment && !this.closing && !this.consumerStatus.stopped.has(range.partition)) {
      const verdict = await this.deliver(consumer, { ...range, ...NO_RECORDS, assignment });
      if (verdict.kind !== 'retry') return;
      await new Promise((resume) => setTimeout(resume, Math.max(200, verdict.afterMs)));
    }
  }

  private async eachBatch(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, isRunning, isStale, resolveOffset } = payload;
    const { topic, partition } = batch;
    const { assignment } = this;
    for (const slice of splitBatch(batch, () => this.pace.limitOf(partition), this.settings.processing.batchBytesMax)) {
      if (!isRunning() || isStale() || consumer !== this.consumer || assignment !== this.assignment) return;
      if (this.consumerStatus.stopped.has(partition)) return;
      const endOffset = Number(batch.highWatermark);
      const verdict = await alive(payload, this.settings.kafka.sessionTimeoutMs / 4, () =>
        this.deliver(consumer, { ...slice, topic, partition, endOffset, assignment, heartbeat }),
      );
      if (verdict.kind === 'retry') {
        if (assignment === this.assignment) this.pace.failed(partition, slice.records.length);
        return await waitAlive(payload, verdict.afterMs);
      }
      if (verdict.kind !== 'done' || assignment !== this.assignment) return;
      this.pace.succeeded(partition);
      resolveOffset(String(verdict.nextOffset - 1));
      await heartbeat();
    }
  }

  /** Hands the batch over under the partition's lock and carries the verdict out, except for waiting. */
  private deliver(consumer: Consumer, batch: MicroBatch): Promise<Verdict> {
    const { topic, partition } = batch;
    return this.locks.run(partition, async () => {
      const current = batch.assignment === this.assignment && !this.consumerStatus.stopped.has(partition);
      if (!current || this.closing) return { kind: 'retry', reason: 'reassigned', afterMs: 500 };
      if (!this.membership.isCurrent) {
        this.consumerStatus.waiting.set(partition, 'the consumer group does not answer');
        return { kind: 'retry', reason: 'reassigned', afterMs: 500 };
      }
      const verdict = await handOver(batch, this.messageHandlers.get(INGESTION), this.logger);
      if (batch.assignment !== this.assignment) return { kind: 'retry', reason: 'reassigned', afterMs: 0 };
      if (verdict.kind === 'retry') this.consumerStatus.waiting.set(partition, verdict.reason);
      else this.consumerStatus.waiting.delete(partition);
      if (verdict.kind === 'done') this.consumerStatus.lastProgressAtMs = Date.now();
      if (verdict.kind === 'seek') order(() => consumer.seek({ topic, partition, offset: String(verdict.offset) }));
      if (verdict.kind === 'stop') {
        this.logger.error(`partition ${partition} stopped: ${verdict.reason}`);
        this.consumerStatus.stopped.set(partition, verdict.reason);
        order(() => consumer.pause([{ topic, partitions: [partition] }]));
      }
      return verdict;
    });
  }

  /** A consumer that hangs without a word is as good as one that crashed. */
  private onSilence(): void {
    const { silentMs } = this.membership;
    if (this.consumerStatus.state !== 'running' || silentMs < joinMsMax(this.settings.kafka)) return;
    this.onCrash(this.consumer, new Error(`the group has not answered for ${Math.round(silentMs / 1000)} s`));
  }

  private onCrash(consumer: Consumer | null, error: Error): void {
    if (this.closing || consumer === null || consumer !== this.consumer) return;
    this.consumerStatus.state = 'crashed';
    this.consumerStatus.assigned = [];
    this.assignment = { generation: this.assignment.generation + 1 };
    this.logger.warn(`the consumer crashed and is made anew: ${error.message}`);
    void this.restart(consumer);
  }

  private async restart(crashed: Consumer): Promise<void> {
    await leave(crashed, LEAVE_MS);
    while (!this.closing) {
      await new Promise((resume) => setTimeout(resume, RESTART_MS));
      try {
        if (!this.closing) await within(joinMsMax(this.settings.kafka), this.start(), () => new Error('no answer'));
        return;
      } catch (error) {
        this.logger.warn(`no consumer yet: ${error instanceof Error ? error.message : String(error)}`);
        await leave(this.consumer, LEAVE_MS);
      }
    }
  }
}
