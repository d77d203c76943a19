import { Injectable } from '@nestjs/common';
import type { StorePosition } from './checkpoints.js';

/** The longest wait, in micro-batches. */
const BATCHES_MAX = 64;

/**
 * Compactions that failed: each is left out of so many of its partition's next micro-batches, twice as many after each
 * further failure. What waits meanwhile is in the deltas, which readers add up.
 */
@Injectable()
export class PostponedCompactions {
  private readonly failed = new Map<number, { times: number; batchNumber: number }>();

  /** @param from the checkpoint of the batch that was to compact. */
  add(partition: number, { batchNumber }: StorePosition): void {
    const times = (this.failed.get(partition)?.times ?? 0) + 1;
    this.failed.set(partition, { times, batchNumber });
  }

  /** Whether the batch after the checkpoint `from` has to leave compacting out. */
  has(partition: number, { batchNumber }: StorePosition): boolean {
    const failed = this.failed.get(partition);
    if (failed === undefined) return false;
    const since = batchNumber - failed.batchNumber;
    // Less than nothing: the store was restored from a copy.
    return since >= 0 && since < Math.min(2 ** (failed.times - 1), BATCHES_MAX);
  }

  /** One went through. */
  delete(partition: number): void {
    this.failed.delete(partition);
  }
}
