import { emptyPeriod, mergePeriod, type PeriodTally, plusPeriod } from '../invoice/index.js';
import { Turns } from '../turns.js';
import type { WaitingDelta } from './delta.reader.js';
import { type DayRange, isWithin, type Parts } from './summary-parts.js';

/** The sum of a range, and what of it is good for the next one. Neither is ever changed. */
export interface RangeSum {
  sum: PeriodTally;
  /** Compacted summaries and deltas that stand until the next compaction. */
  lasting: { versions: string; stamps: ReadonlySet<string>; sum: PeriodTally };
}

/** Whether what lasts of an earlier sum is a part of this one, so that only what came since has to be added. */
export function goesOnFrom({ lasting }: RangeSum, { versions, waiting }: Parts): boolean {
  if (lasting.versions !== versions) return false;
  const stamps = new Set(waiting.map(({ stamp }) => stamp));
  return [...lasting.stamps].every((stamp) => stamps.has(stamp));
}

/**
 * Adds up a range, in turns. While lines come in, that is done for each change of the figures, so it goes on from what
 * was added up before where it can.
 * @param before a sum of the same range, or those of its periods, older ones first.
 */
export async function sumUp(
  range: DayRange,
  { versions, waiting }: Parts,
  before: RangeSum | readonly PeriodTally[],
): Promise<RangeSum> {
  const earlier = 'lasting' in before ? before.lasting : { stamps: new Set<string>(), sum: await total(before) };
  const isNew = ({ stamp, isPassing }: WaitingDelta) => !isPassing && !earlier.stamps.has(stamp);
  const stamps = new Set(waiting.filter(({ isPassing }) => !isPassing).map(({ stamp }) => stamp));
  const lasting = { versions, stamps, sum: await plus(earlier.sum, waiting.filter(isNew), range) };
  const passing = waiting.filter(({ isPassing }) => isPassing);
  return { lasting, sum: await plus(lasting.sum, passing, range) };
}

async function plus(sum: PeriodTally, deltas: readonly WaitingDelta[], range: DayRange): Promise<PeriodTally> {
  const tallies = deltas.flatMap(({ delta }) => [...delta].filter(([day]) => isWithin(day, range)));
  return tallies.length === 0 ? sum : plusPeriod(sum, await total(tallies.map(([, tally]) => tally)));
}

async function total(tallies: readonly PeriodTally[]): Promise<PeriodTally> {
  const sum = emptyPeriod();
  const turns = new Turns();
  for (const tally of tallies) {
    await turns.pass();
    mergePeriod(sum, tally);
  }
  return sum;
}
