import { daysInMonth } from './date.js';

/** The summaries that a line of this day (`YYYY-MM-DD`) belongs to: its day, its month (`YYYY-MM`), and `all`. */
export function periodsOf(day: string): [day: string, month: string, all: 'all'] {
  return [day, day.slice(0, 7), 'all'];
}

/**
 * The fewest periods that together hold the lines of an inclusive range of days, each line once, oldest first: `all`
 * without bounds, else whole months and the single days at the edges.
 * @param from first day, null for no lower bound. Both must be days that exist, as `isDay` says.
 * @param to last day, null for no upper bound; before `from` the range is empty.
 * @param known the days that have lines, from the first to the last; null when there is none, and then a half-open range
 *   is empty. Months beyond it are left out, so a range of any length costs no more than what is stored.
 */
export function coverRange(
  from: string | null,
  to: string | null,
  known: { first: string; last: string } | null,
): string[] {
  if (from === null && to === null) return ['all'];
  if (known === null) return from === null || to === null ? [] : cover(from, to);
  // Nothing lies beyond the known days, so an open end reaches to the end of its month and needs no single days.
  const start = known.first.slice(0, 8) + '01';
  const end = lastDayOf(known.last.slice(0, 7));
  return cover(from === null || from < start ? start : from, to === null || to > end ? end : to);
}

function cover(from: string, to: string): string[] {
  const periods: string[] = [];
  for (let month = from.slice(0, 7); month <= to.slice(0, 7); month = monthAfter(month)) {
    const lastDay = lastDayOf(month);
    if (from <= `${month}-01` && lastDay <= to) {
      periods.push(month);
      continue;
    }
    const end = lastDay < to ? lastDay : to;
    let day = from.startsWith(month) ? Number(from.slice(8)) : 1;
    for (; dayOf(month, day) <= end && day <= 31; day++) periods.push(dayOf(month, day));
  }
  return periods;
}

function lastDayOf(month: string): string {
  return dayOf(month, daysInMonth(Number(month.slice(0, 4)), Number(month.slice(5))));
}

function monthAfter(month: string): string {
  const year = Number(month.slice(0, 4));
  const next = Number(month.slice(5)) + 1;
  // The year 10000 sorts before every other year as text; a colon sorts after every digit and ends the loop.
  if (next === 13) return year === 9999 ? ':' : `${String(year + 1).padStart(4, '0')}-01`;
  return `${month.slice(0, 5)}${String(next).padStart(2, '0')}`;
}

function dayOf(month: string, day: number): string {
  return `${month}-${String(day).padStart(2, '0')}`;
}
