import { Injectable } from '@nestjs/common';
import { BufferUnavailableError, type MicroBatch, OutputSinks, PartitionLog } from '../buffer/index.js';
import { Checkpoints, InvoiceMemory, OwnerSessions, type StorePosition } from '../store/index.js';
import { findFooting, type Footing, type PartitionOwner } from './partition-owner.js';

/** What a take-over finds. */
interface Positions {
  store: StorePosition | null;
  committed: number | null;
  footing: Footing;
}

/** Takes a partition over from whoever had it before: dead, stale, or this instance itself before an error. */
@Injectable()
export class TakeOver {
  constructor(
    private readonly sinks: OutputSinks,
    private readonly log: PartitionLog,
    private readonly checkpoints: Checkpoints,
    private readonly sessions: OwnerSessions,
  ) {}

  /**
   * Fences the former owner in Kafka, which settles the group's offset, ends its session of the store, and reads both positions. Where they differ, what
   * Kafka may have left undecided of the former owner is made void before anything is written again. A new partition gets
   * both positions before its first micro-batch, so that one that is missing later was lost. Rejects with a retriable
   * error while Kafka or the store is down. A reason instead of an owner means that the partition must stop.
   */
  async take({ partition, assignment }: MicroBatch): Promise<PartitionOwner | { reason: string }> {
    let output = await this.sinks.take(partition);
    const session = await this.sessions.take(partition);
    let found = await this.look(partition);
    if (found.footing.ok && found.footing.storeOffset !== found.footing.outputOffset) {
      // Whoever left the sinks apart may have left records undecided as well. Only what is seen after the last fencing counts.
      output = await this.sinks.takeClean(partition);
      found = await this.look(partition);
    }
    const { committed, footing } = found;
    if (!footing.ok) return { reason: footing.reason };
    const { storeOffset, outputOffset, start: next } = footing;
    const store = found.store ?? (await this.checkpoints.begin(partition, storeOffset));
    if (committed === null) {
      await output.commitFirstOffset(outputOffset);
      // Fencing settles it: the offset is there for certain before the store has a micro-batch.
      output = await this.sinks.take(partition);
    }
    await this.sessions.mark(partition, null);
    return { assignment, store, storeOffset, outputOffset, next, output, session, memory: new InvoiceMemory() };
  }

  /** Both positions of the partition, and how they fit its log. */
  private async look(partition: number): Promise<Positions> {
    const [offsets, store, range] = await Promise.all([
      this.log.committed(),
      this.checkpoints.read(partition),
      this.logRange(partition),
    ]);
    const committed = offsets.get(partition);
    if (committed === undefined) throw unknownPartition(partition);
    return { store, committed, footing: findFooting(store, committed, range) };
  }

  /** What the log of the partition holds now. */
  async logRange(partition: number): Promise<{ start: number; end: number }> {
    const ranges = await this.log.ranges();
    const range = ranges.find((candidate) => candidate.partition === partition);
    if (range === undefined) throw unknownPartition(partition);
    return range;
  }

  /** Puts on record why the partition has stopped. @throws StoreUnavailableError */
  async stop(partition: number, reason: string): Promise<void> {
    await this.sessions.mark(partition, reason);
  }

  async release(partition: number): Promise<void> {
    await this.sinks.release(partition);
  }
}

/** The broker that was asked may not have heard of a partition that was just added. */
function unknownPartition(partition: number): BufferUnavailableError {
  return new BufferUnavailableError(`Kafka does not know partition ${partition}`);
}
