/** A micro-batch is made no smaller than this: what takes so few records too long takes any number too long. */
export const MICRO_BATCH_RECORDS_MIN = 25;

/**
 * How many records the next micro-batch of each partition may have. A batch that a slow sink can't take within its
 * deadlines would fail again and again as a whole; so each failure halves the next one, and each success doubles it.
 */
export class BatchPace {
  private readonly limits = new Map<number, number>();

  constructor(private readonly recordsMax: number) {}

  /** At most this many records, from now on. */
  limitOf(partition: number): number {
    return this.limits.get(partition) ?? this.recordsMax;
  }

  failed(partition: number, records: number): void {
    const next = Math.floor(Math.min(records, this.limitOf(partition)) / 2);
    this.limits.set(partition, Math.min(this.recordsMax, Math.max(MICRO_BATCH_RECORDS_MIN, next)));
  }

  succeeded(partition: number): void {
    const next = 2 * this.limitOf(partition);
    if (next < this.recordsMax) this.limits.set(partition, next);
    else this.limits.delete(partition);
  }
}
