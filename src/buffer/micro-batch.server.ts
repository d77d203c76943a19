import { Logger } from '@nestjs/common';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { ConsumerEndBatchProcessEvent, EachBatchPayload, Kafka } from 'kafkajs';
import type { Settings } from '../config.js';
import { within } from './deadline.js';
import { INGESTION, type Assignment, type MicroBatch, type Verdict } from './micro-batch.js';
import { PartitionLocks } from './partition-locks.js';
import { alive, waitAlive } from './alive.js';
import { BatchPace } from './batch-pace.js';
import { joinMsMax, order } from './group-consumer.js';
import { handOver } from './hand-over.js';
import { ConsumerBoard } from './consumer-board.js';
import type { ConsumerStatus } from './consumer-status.js';
import { Member } from './member.js';
import { Membership } from './membership.js';
import { splitBatch } from './split-batch.js';

const RESTART_MS = 1_000;
const LEAVE_MS = 5_000;

/**
 * A Nest transport that hands whole micro-batches to the `@EventPattern<string>(INGESTION)` handler. Guarantees: batches of a
 * partition come one at a time and in order; a batch that was answered `done` is not delivered again within an
 * assignment; an unreachable dependency pauses the partition and keeps the group membership; a consumer that crashed
 * is made anew. Offsets are committed by the handler, in its own transaction, never here.
 */
export class MicroBatchServer extends Server implements CustomTransportStrategy {
  protected override readonly logger = new Logger(MicroBatchServer.name);
  private readonly locks = new PartitionLocks();
  private readonly pace: BatchPace;
  private readonly membership: Membership;
  private member: Member | null = null;
  private assignment: Assignment = { generation: 0 };
  private closing = false;
  private watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly settings: Settings,
    private readonly board = new ConsumerBoard(),
  ) {
    super();
    this.pace = new BatchPace(settings.processing.batchRecordsMax);
    this.membership = new Membership(settings.kafka.sessionTimeoutMs);
  }

  get consumerStatus(): ConsumerStatus {
    return this.board.status;
  }

  /**
   * Sets out to join the group; calls back once it has, or its first attempt has failed. Whatever keeps a member out of
   * the group is a crash, then as later: it is made anew until it is in, and `consumerStatus` says so.
   */
  listen(callback: () => void): void {
    this.watch = setInterval(() => this.onSilence(), this.settings.kafka.sessionTimeoutMs);
    const member = this.enlist();
    void this.join(member)
      .catch((error: Error) => this.onCrash(member, error))
      .then(callback);
  }

  /** Stops taking, lets the running micro-batches finish within the shutdown time, leaves the group. */
  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.watch);
    this.board.stopped();
    const { member } = this;
    this.member = null;
    await member?.leave(this.settings.http.shutdownTimeoutMs);
  }

  override on(): never {
    throw new Error('MicroBatchServer has no events; read consumerStatus');
  }

  override unwrap<T>(): T {
    return this.member?.consumer as T;
  }

  private enlist(): Member {
    const member = new Member(this.kafka, this.settings.kafka);
    const { consumer } = member;
    this.member = member;
    this.membership.follow(consumer);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.onJoin(member, payload.memberAssignment));
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => this.onHidden(member, payload));
    consumer.on(consumer.events.CRASH, ({ payload }) => this.onCrash(member, payload.error));
    return member;
  }

  private join(member: Member): Promise<void> {
    return member.join((payload) => this.eachBatch(member, payload));
  }

  private onJoin(member: Member, assigned: Record<string, number[]>): void {
    if (member !== this.member) return;
    this.assignment = { generation: this.assignment.generation + 1 };
    this.board.joined(Object.values(assigned).flat());
    for (const [topic, partitions] of Object.entries(assigned)) {
      member.consumer.resume([{ topic }]);
      // The handler takes up the partitions' positions before anything arrives.
      for (const partition of partitions)
        void this.deliverEmpty(member, { topic, partition, fromOffset: 0, nextOffset: 0 });
    }
  }

  /** kafkajs passes over a fetch that holds only what is hidden; the positions have to pass over it as well. */
  private onHidden(member: Member, payload: ConsumerEndBatchProcessEvent['payload']): void {
    const { topic, partition, batchSize, firstOffset, lastOffset } = payload;
    if (batchSize > 0 || member !== this.member) return;
    const range = { fromOffset: Number(firstOffset ?? lastOffset), nextOffset: Number(lastOffset) + 1 };
    void this.deliverEmpty(member, { topic, partition, ...range });
  }

  /** Hands over a batch without records, until the handler could take it; fetched batches come after that. */
  private async deliverEmpty(member: Member, range: Omit<MicroBatch, 'records' | 'assignment'>) {
    const { assignment } = this;
    while (assignment === this.assignment && !this.closing && !this.consumerStatus.stopped.has(range.partition)) {
      const verdict = await this.deliver(member, { ...range, records: [], assignment });
      if (verdict.kind !== 'retry') return;
      await new Promise((resume) => setTimeout(resume, Math.max(200, verdict.afterMs)));
    }
  }

  private async eachBatch(member: Member, payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, isRunning, isStale, resolveOffset } = payload;
    const { topic, partition } = batch;
    const { assignment } = this;
    for (const slice of splitBatch(batch, () => this.pace.limitOf(partition), this.settings.processing.batchBytesMax)) {
      if (!isRunning() || isStale() || member !== this.member || assignment !== this.assignment) return;
      if (this.consumerStatus.stopped.has(partition)) return;
      const verdict = await alive(payload, this.settings.kafka.sessionTimeoutMs / 4, () =>
        this.deliver(member, { ...slice, topic, partition, assignment }),
      );
      if (verdict.kind === 'retry') return await waitAlive(payload, verdict.afterMs);
      if (verdict.kind !== 'done' || assignment !== this.assignment) return;
      resolveOffset(String(verdict.nextOffset - 1));
      await heartbeat();
    }
  }

  /** Hands the batch over under the partition's lock and carries the verdict out, except for waiting. */
  private deliver(member: Member, batch: MicroBatch): Promise<Verdict> {
    const { topic, partition } = batch;
    return this.locks.run(partition, async () => {
      const current = batch.assignment === this.assignment && this.board.takes(partition);
      if (!current || this.closing) return { kind: 'retry', reason: 'reassigned', afterMs: 500 };
      if (!this.membership.isCurrent) {
        this.board.waits(partition, 'the consumer group does not answer');
        return { kind: 'retry', reason: 'reassigned', afterMs: 500 };
      }
      const verdict = await handOver(batch, this.messageHandlers.get(INGESTION), this.logger);
      if (batch.assignment !== this.assignment) return { kind: 'retry', reason: 'reassigned', afterMs: 0 };
      this.board.ended(partition, verdict);
      if (verdict.kind === 'retry') this.pace.failed(partition, batch.records.length);
      if (verdict.kind === 'done') this.pace.succeeded(partition, batch.records.length);
      if (verdict.kind === 'seek')
        order(() => member.consumer.seek({ topic, partition, offset: String(verdict.offset) }));
      if (verdict.kind === 'stop') {
        this.logger.error(`partition ${partition} stopped: ${verdict.reason}`);
        order(() => member.consumer.pause([{ topic, partitions: [partition] }]));
      }
      return verdict;
    });
  }

  /** A consumer that hangs without a word is as good as one that crashed. */
  private onSilence(): void {
    const { silentMs } = this.membership;
    if (this.consumerStatus.state !== 'running' || silentMs < joinMsMax(this.settings.kafka)) return;
    this.onCrash(this.member, new Error(`the group has not answered for ${Math.round(silentMs / 1000)} s`));
  }

  /** Each member is made anew once: by whoever takes it out of its place first. */
  private onCrash(member: Member | null, error: Error): void {
    if (this.closing || member === null || member !== this.member) return;
    this.member = null;
    this.board.crashed();
    this.assignment = { generation: this.assignment.generation + 1 };
    this.logger.warn(`the consumer crashed and is made anew: ${error.message}`);
    void this.restart(member);
  }

  private async restart(crashed: Member): Promise<void> {
    await crashed.leave(LEAVE_MS);
    await new Promise((resume) => setTimeout(resume, RESTART_MS));
    if (this.closing) return;
    const member = this.enlist();
    const late = () => new Error('it has not joined in time');
    await within(joinMsMax(this.settings.kafka), this.join(member), late).catch((error: Error) =>
      this.onCrash(member, error),
    );
  }
}
