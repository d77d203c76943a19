import type { ProductTally, SummaryPart, Tally } from '../invoice/index.js';
import type { WaitingDelta } from './delta.reader.js';
import type { Summary } from './summary.schema.js';
import { fromDecimal } from './values.js';

/** An inclusive range of days (`YYYY-MM-DD`, UTC); null: no bound. */
export interface DayRange {
  from: string | null;
  to: string | null;
}

export interface DayTally extends Tally {
  day: string;
}

/** A compacted summary without its breakdown. */
export type Head = Omit<Summary, 'breakdown'>;

/** The compacted summaries without their breakdowns, and the versions that they had. */
export interface Heads {
  versions: string;
  heads: readonly Head[];
  /** When all of them were read, on the clock of `performance.now()`. */
  wholeAtMs: number;
  /** Since then only what compactions wrote was. */
  isContinued: boolean;
}

/** The compacted summaries and the deltas that wait, between the same two compactions. */
export interface Parts extends Heads {
  waiting: readonly WaitingDelta[];
  /** Other parts have another mark. */
  mark: string;
}

/** The parts as they were when the checkpoints had this mark; null: before they were ever read. */
export type PartsRead = Parts & { positions: string | null };

export interface PeriodSum extends Tally {
  /** `YYYY-MM` or `YYYY-MM-DD`. */
  period: string;
  /** Of a product: the first description that is not null. */
  description: string | null;
}

const MONTH_CHARS = 'YYYY-MM'.length;
const DAY_CHARS = 'YYYY-MM-DD'.length;

/** The first and the last day of those that were compacted; null: none was. */
export function knownDays(heads: readonly Head[]): { first: string; last: string } | null {
  const days = heads.filter(({ period }) => period.length === DAY_CHARS);
  const first = days[0]?.period;
  const last = days.at(-1)?.period;
  return first === undefined || last === undefined ? null : { first, last };
}

/** The days of the range that have lines, with what each adds up to, oldest first. */
export function daysOf({ heads, waiting }: Parts, range: DayRange): DayTally[] {
  const days = new Map<string, DayTally>();
  const add = (day: string, { revenue, lines, units, invoices }: Tally) => {
    const sum = days.get(day);
    if (sum === undefined) return days.set(day, { day, revenue, lines, units, invoices });
    sum.revenue += revenue;
    sum.lines += lines;
    sum.units += units;
    sum.invoices += invoices;
    return days;
  };
  for (const head of heads) {
    const { period } = head;
    if (period.length === DAY_CHARS && isWithin(period, range)) {
      add(period, { ...head, revenue: fromDecimal(head.revenue) });
    }
  }
  for (const { delta } of waiting) for (const [day, tally] of delta) if (isWithin(day, range)) add(day, tally);
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** The periods that a series is made of and that were compacted: all months, or the days of one month. */
export function periodsIn({ heads }: Pick<Heads, 'heads'>, month: string | null): Set<string> {
  return new Set(heads.map(({ period }) => period).filter((period) => isPartOf(period, month)));
}

/**
 * What one key of a part adds up to in each month, or in each day of one month, with lines of it, oldest first.
 * @param compacted what those of `periodsIn` have of the key, in the order of the heads.
 */
export function seriesOf(
  parts: Parts,
  compacted: readonly (ProductTally | undefined)[],
  { part, key, month }: { part: SummaryPart; key: string; month: string | null },
): PeriodSum[] {
  const sums = new Map<string, PeriodSum>();
  const add = (period: string, tally: (Tally & { description?: string | null }) | undefined) => {
    if (tally === undefined) return;
    const { revenue, lines, units, invoices, description = null } = tally;
    const sum = sums.get(period);
    if (sum === undefined) return sums.set(period, { period, revenue, lines, units, invoices, description });
    sum.revenue += revenue;
    sum.lines += lines;
    sum.units += units;
    sum.invoices += invoices;
    sum.description ??= description;
    return sums;
  };
  const heads = parts.heads.filter(({ period }) => isPartOf(period, month));
  for (const [index, { period }] of heads.entries()) add(period, compacted[index]);
  for (const { delta } of parts.waiting) {
    for (const [day, tally] of delta) {
      if (month === null) add(day.slice(0, MONTH_CHARS), tally[part].get(key));
      else if (isPartOf(day, month)) add(day, tally[part].get(key));
    }
  }
  return [...sums.values()].sort((a, b) => (a.period < b.period ? -1 : 1));
}

function isPartOf(period: string, month: string | null): boolean {
  if (month === null) return period.length === MONTH_CHARS;
  return period.length === DAY_CHARS && period.startsWith(month);
}

/** The newest day that has lines; null: there are none. */
export function newestDayOf({ heads, waiting }: Parts): string | null {
  let newest = knownDays(heads)?.last ?? null;
  for (const { delta } of waiting) for (const day of delta.keys()) if (newest === null || day > newest) newest = day;
  return newest;
}

/** The oldest day that has lines; null: there are none. */
export function oldestDayOf({ heads, waiting }: Parts): string | null {
  let oldest = knownDays(heads)?.first ?? null;
  for (const { delta } of waiting) for (const day of delta.keys()) if (oldest === null || day < oldest) oldest = day;
  return oldest;
}

/** Whether the day lies in the range. */
export function isWithin(day: string, { from, to }: DayRange): boolean {
  return (from === null || from <= day) && (to === null || day <= to);
}
