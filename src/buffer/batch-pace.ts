/** A micro-batch is made no smaller than this: what takes so few records too long takes any number too long. */
export const MICRO_BATCH_RECORDS_MIN = 25;

/** What a batch grows by where it comes near to what failed: one in seven or so fails at a sink that stays slow. */
const GROWTH = 1 / 8;

interface Limit {
  records: number;
  /** Half of what failed first after the last success: up to here sizes are doubled. */
  knee: number;
  isFailing: boolean;
}

/**
 * How many records the next micro-batch of each partition may have. A batch that a slow sink can't take within its
 * deadlines would fail again and again as a whole; so each failure halves the next one. Successes double it up to half of
 * what failed, as after an outage, and let it grow by small steps from there, since a sink that is slow stays so for a
 * while, and each failure costs it a deadline and work for nothing: TCP does so with a line (RFC 5681).
 */
export class BatchPace {
  private readonly limits = new Map<number, Limit>();

  constructor(private readonly recordsMax: number) {}

  /** At most this many records, from now on. */
  limitOf(partition: number): number {
    return this.limits.get(partition)?.records ?? this.recordsMax;
  }

  /** A batch of so many records did not come through, for a reason that may lie in their number. */
  failed(partition: number, records: number): void {
    // What a few fail of has nothing to do with how many they are.
    if (records <= MICRO_BATCH_RECORDS_MIN) return;
    const half = Math.floor(Math.min(records, this.limitOf(partition)) / 2);
    const next = Math.min(this.recordsMax, Math.max(MICRO_BATCH_RECORDS_MIN, half));
    const known = this.limits.get(partition);
    // What fails in a row is an outage or one cause: only its first size says something about how much is too much.
    const knee = known?.isFailing === true ? known.knee : next;
    this.limits.set(partition, { records: next, knee, isFailing: true });
  }

  /** A batch of so many came through; one of none says nothing. */
  succeeded(partition: number, records: number): void {
    const known = this.limits.get(partition);
    if (known === undefined || records === 0) return;
    known.isFailing = false;
    // A smaller one says nothing about whether more would come through.
    if (records < known.records) return;
    const { records: limit, knee } = known;
    known.records = limit < knee ? Math.min(2 * limit, knee) : limit + Math.ceil(limit * GROWTH);
    if (known.records >= this.recordsMax) this.limits.delete(partition);
  }
}
