import { Injectable, Logger } from '@nestjs/common';
import { MICRO_BATCH_RECORDS_MIN, type MicroBatch, type Verdict } from '../buffer/index.js';
import { TooLargeForStoreError } from '../store/index.js';
import { Tracing } from '../tracing/tracing.js';
import type { PartitionOwner } from './partition-owner.js';
import { SegmentProcessor } from './segment-processor.js';
import { segmentsOf } from './segments.js';
import { TakeOver } from './take-over.js';

const RETRY_MS = 1_000;

/**
 * Processes the micro-batches of the partitions that this instance owns. Recovery is one path: after any error, at a
 * new assignment and at the start, the partition is taken over anew and starts from the older of the two positions.
 */
@Injectable()
export class PartitionProcessor {
  private readonly logger = new Logger(PartitionProcessor.name);
  private readonly owners = new Map<number, PartitionOwner>();
  private readonly busy = new Set<number>();

  constructor(
    private readonly takeOver: TakeOver,
    private readonly processor: SegmentProcessor,
    private readonly tracing: Tracing,
  ) {}

  /** Never throws: what happened is the verdict. Called for one batch of a partition at a time. */
  async process(batch: MicroBatch): Promise<Verdict> {
    const { partition } = batch;
    this.busy.add(partition);
    try {
      const verdict = await this.attempt(batch);
      if (verdict.kind === 'stop') await this.tellStop(partition, verdict.reason);
      return verdict;
    } finally {
      this.busy.delete(partition);
    }
  }

  private async attempt(batch: MicroBatch): Promise<Verdict> {
    try {
      return await this.advance(batch);
    } catch (error) {
      await this.release(batch.partition);
      return this.verdictOf(batch, error);
    }
  }

  /** The other instances tell it too; this one does in any case. */
  private async tellStop(partition: number, reason: string): Promise<void> {
    try {
      await this.takeOver.stop(partition, reason);
    } catch (error) {
      const { message } = error as Error;
      this.logger.warn(`that partition ${partition} has stopped is known to this instance alone: ${message}`);
    }
  }

  private async advance(batch: MicroBatch): Promise<Verdict> {
    const { partition } = batch;
    let owner = this.owners.get(partition);
    if (owner?.assignment !== batch.assignment) {
      await this.releaseFormer(batch.assignment);
      const taken = await this.takeOver.take(batch);
      // At the first look, though a broker may be mistaken: an older log that grows would soon look as if nothing were missing.
      if ('reason' in taken) return { kind: 'stop', reason: taken.reason };
      owner = taken;
      this.owners.set(partition, owner);
    }
    if (batch.fromOffset > owner.next || batch.nextOffset <= owner.next) return this.realign(owner, batch);
    if (batch.unreadable !== undefined) return { kind: 'stop', reason: batch.unreadable };
    const current = owner;
    for (const segment of segmentsOf(batch, owner.storeOffset, owner.outputOffset, owner.next)) {
      await this.tracing.microBatch(segment.batch).run((step) => this.processor.process(current, segment, step));
    }
    owner.next = batch.nextOffset;
    return { kind: 'done', nextOffset: owner.next };
  }

  /** What an assignment before left here: its partitions are taken over anew, by this instance or another. */
  private async releaseFormer(assignment: MicroBatch['assignment']): Promise<void> {
    const former = [...this.owners].filter(([partition, owner]) => {
      return owner.assignment !== assignment && !this.busy.has(partition);
    });
    await Promise.all(former.map(([partition]) => this.release(partition)));
  }

  private async release(partition: number): Promise<void> {
    this.owners.delete(partition);
    await this.takeOver.release(partition);
  }

  /**
   * A batch that does not go on where the last one ended was fetched before a seek, and is fetched again from there;
   * unless the log no longer reaches to that place, for records that are missing must not be passed over.
   */
  private async realign({ next }: PartitionOwner, { partition, fromOffset, records }: MicroBatch): Promise<Verdict> {
    // The empty batch of a new assignment asks for nothing; one that lies beyond has only what is hidden.
    if (records.length > 0 || fromOffset > next) {
      const { start, end } = await this.takeOver.logRange(partition);
      if (start > next) {
        return { kind: 'stop', reason: `records ${next} to ${start - 1} were removed before they were processed` };
      }
      if (end < next) return { kind: 'stop', reason: `the log ends at ${end}, before ${next}: Kafka is older` };
    }
    return { kind: 'seek', offset: next };
  }

  /** What the store finds too large gets smaller with fewer records, or never fits. */
  private verdictOf({ partition, fromOffset, nextOffset, records }: MicroBatch, error: unknown): Verdict {
    const { message } = error instanceof Error ? error : new Error(String(error));
    if (error instanceof TooLargeForStoreError && records.length <= MICRO_BATCH_RECORDS_MIN) {
      return { kind: 'stop', reason: `records ${fromOffset} to ${nextOffset - 1}: ${message}` };
    }
    if ((error as { isRetriable?: unknown }).isRetriable === true) {
      this.logger.warn(`partition ${partition} starts over from the older position: ${message}`);
      return { kind: 'retry', reason: message, afterMs: RETRY_MS };
    }
    this.logger.error(error);
    return { kind: 'stop', reason: message };
  }
}
