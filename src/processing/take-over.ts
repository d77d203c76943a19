import { Injectable } from '@nestjs/common';
import { type MicroBatch, OutputSink, PartitionLog } from '../buffer/index.js';
import { Checkpoints, InvoiceMemory } from '../store/index.js';
import { findFooting, type PartitionOwner } from './partition-owner.js';

/** Takes a partition over from whoever had it before: dead, stale, or this instance itself before an error. */
@Injectable()
export class TakeOver {
  constructor(
    private readonly sink: OutputSink,
    private readonly log: PartitionLog,
    private readonly checkpoints: Checkpoints,
  ) {}

  /**
   * Fences the former owner in Kafka, which settles the group's offset, and reads both positions. Rejects with a
   * retriable error while Kafka or the store is down. A reason instead of an owner means that the partition must stop.
   */
  async take({ partition, assignment }: MicroBatch): Promise<PartitionOwner | { reason: string }> {
    const output = await this.sink.take(partition);
    const [committed, store, ranges] = await Promise.all([
      this.log.committed(),
      this.checkpoints.read(partition),
      this.log.ranges(),
    ]);
    const range = ranges.find((candidate) => candidate.partition === partition);
    if (range === undefined) return { reason: `Kafka does not know partition ${partition}` };
    const footing = findFooting(store, committed.get(partition) ?? null, range);
    if (!footing.ok) return { reason: footing.reason };
    const { storeOffset, outputOffset, start: next } = footing;
    return { assignment, store, storeOffset, outputOffset, next, output, memory: new InvoiceMemory() };
  }

  /** What the log of the partition holds now. */
  async logRange(partition: number): Promise<{ start: number; end: number }> {
    const ranges = await this.log.ranges();
    return ranges.find((candidate) => candidate.partition === partition) ?? { start: 0, end: 0 };
  }

  async release(partition: number): Promise<void> {
    await this.sink.release(partition);
  }
}
