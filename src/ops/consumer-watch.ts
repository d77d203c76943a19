import type { ConsumerStatus } from '../buffer/index.js';
import type { PartitionPosition } from './positions.js';

/** A dependency that is waited for no longer than this is a hiccup. */
const WAITING_MS_MAX = 5_000;

/**
 * Judges from outside whether the consumer does its work: not from what it says of itself alone, but from whether the
 * positions of its partitions move while there are records to take. A dead consumer must never look healthy.
 */
export class ConsumerWatch {
  private readonly waitingSince = new Map<number, number>();
  private readonly standing = new Map<number, { position: number; sinceMs: number }>();

  /** @param stuckMs how long a partition with lag may stand still. */
  constructor(private readonly stuckMs: number) {}

  /** Takes note of the consumer and, when they are known, of the positions. To be called every few seconds. */
  observe(status: ConsumerStatus, positions: readonly PartitionPosition[] | null, nowMs: number): void {
    for (const partition of this.waitingSince.keys()) {
      if (!status.waiting.has(partition)) this.waitingSince.delete(partition);
    }
    for (const partition of status.waiting.keys()) {
      if (!this.waitingSince.has(partition)) this.waitingSince.set(partition, nowMs);
    }
    for (const partition of this.standing.keys()) {
      if (!status.assigned.includes(partition)) this.standing.delete(partition);
    }
    for (const { partition, endOffset, lag } of positions ?? []) {
      const position = endOffset - (lag ?? 0);
      const before = this.standing.get(partition);
      if (!status.assigned.includes(partition) || lag === null || lag === 0) this.standing.delete(partition);
      else if (before?.position !== position) this.standing.set(partition, { position, sinceMs: nowMs });
    }
  }

  /**
   * What is wrong with the consumer, null when nothing is. Anybody may ask for health, so it is without the reasons, which
   * name hosts: those are in the log, and in the pipeline for whoever may read.
   */
  fault(status: ConsumerStatus, nowMs: number): string | null {
    if (status.state !== 'running') return `the consumer is ${status.state}`;
    for (const [partition] of status.stopped) return `partition ${partition} has stopped`;
    for (const [partition] of status.waiting) {
      const sinceMs = this.waitingSince.get(partition) ?? nowMs;
      if (nowMs - sinceMs > WAITING_MS_MAX) return `partition ${partition} waits for an engine`;
    }
    for (const [partition, { sinceMs }] of this.standing) {
      const seconds = Math.round((nowMs - sinceMs) / 1_000);
      if (nowMs - sinceMs > this.stuckMs)
        return `partition ${partition} has records and has not moved for ${seconds} s`;
    }
    return null;
  }
}
