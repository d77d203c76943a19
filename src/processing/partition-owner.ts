import type { OutputSink, MicroBatch } from '../buffer/index.js';
import type { InvoiceMemory, OwnerSession, StorePosition } from '../store/index.js';

/** What the owner of a partition holds of it, from the take-over until the first error or the next assignment. */
export interface PartitionOwner {
  assignment: MicroBatch['assignment'];
  /** The store's checkpoint. */
  store: StorePosition;
  /** Below it nothing is applied to the store any more. */
  storeOffset: number;
  /** The group's committed offset: below it nothing is written to Kafka any more. */
  outputOffset: number;
  /** The offset that has to come next. */
  next: number;
  output: OutputSink;
  session: OwnerSession;
  memory: InvoiceMemory;
}

/** How the positions and the log of a partition fit together, found at take-over. */
export type Footing =
  | { ok: true; storeOffset: number; outputOffset: number; start: number }
  /** Records are gone, or the log is older than a sink: going on would lose or double something. */
  | { ok: false; reason: string };

/**
 * Where a partition starts: from the older of the two positions, so that whichever sink is behind gets what it lacks.
 * @param store the store's position, null when it has none: the partition is new, or the store has lost it.
 * @param committed the group's committed offset, null when it has none.
 * @param log what the partition's log holds.
 */
export function findFooting(
  store: Pick<StorePosition, 'nextOffset' | 'batchNumber'> | null,
  committed: number | null,
  log: { start: number; end: number },
): Footing {
  // The store commits first: a store without a position beside a group with one has lost what it had.
  const storeOffset = store?.nextOffset ?? (committed === null ? log.start : 0);
  const outputOffset = committed ?? log.start;
  const start = Math.min(storeOffset, outputOffset);
  if (start < log.start) {
    const sink = storeOffset <= outputOffset ? 'the store' : 'spark-output';
    const missing = `records ${start} to ${log.start - 1}`;
    return { ok: false, reason: `${sink} lacks ${missing}, and Kafka no longer has them` };
  }
  const ahead = Math.max(storeOffset, outputOffset);
  if (ahead > log.end) {
    const sink = storeOffset >= outputOffset ? 'the store' : 'the group';
    return { ok: false, reason: `${sink} stands at ${ahead}, beyond the end of the log (${log.end}): Kafka is older` };
  }
  // The group has an offset before the first batch reaches the store.
  if (committed === null && store !== null && store.batchNumber > 0) {
    const known = `the store stands at ${storeOffset} and Kafka has lost the group's offset`;
    return { ok: false, reason: `${known}, so what spark-output holds is not known; set the offset to go on` };
  }
  return { ok: true, storeOffset, outputOffset, start };
}
