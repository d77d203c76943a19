import { type LetterChart, letterChart, type LetterDay } from './letter-chart.js';
import { reasonLabel } from './letter-filters.js';

/** How many dead letters came for which reason, all in all and day by day. */
export interface LetterTally {
  total: number;
  reasons: { reason: string; label: string; count: number; href: string; isCurrent: boolean }[];
  /** Newest first, with one number for each of the reasons. */
  days: LetterDay[];
  /** Null when there is nothing to draw. */
  chart: LetterChart | null;
}

const DAYS_MAX = 31;

/** Adds up groups of one reason and day each. @param current the reason that the list is filtered by. */
export function tallyLetters(
  groups: readonly { reason: string; day: string; count: number }[],
  current: string | null,
  hrefOf: (reason: string) => string,
): LetterTally {
  const byReason = new Map<string, number>();
  const byDay = new Map<string, Map<string, number>>();
  for (const { reason, day, count } of groups) {
    byReason.set(reason, (byReason.get(reason) ?? 0) + count);
    const ofDay = byDay.get(day) ?? new Map<string, number>();
    byDay.set(day, ofDay.set(reason, (ofDay.get(reason) ?? 0) + count));
  }
  const reasons = [...byReason].sort(([, a], [, b]) => b - a);
  const days = [...byDay]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .slice(0, DAYS_MAX)
    .map(([day, counts]) => {
      return { day, counts: reasons.map(([reason]) => counts.get(reason) ?? 0), total: sum(counts.values()) };
    });
  return {
    total: sum(byReason.values()),
    reasons: reasons.map(([reason, count]) => {
      return { reason, label: reasonLabel(reason), count, href: hrefOf(reason), isCurrent: reason === current };
    }),
    days,
    chart: letterChart(
      days,
      reasons.map(([reason]) => reasonLabel(reason)),
    ),
  };
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
