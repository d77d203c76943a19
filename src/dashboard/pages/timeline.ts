import type { Money } from '../../invoice/index.js';
import { formatDay, formatMonth } from './helpers.js';

/** What one bar of a chart over time stands for. */
export type Unit = 'day' | 'week' | 'month' | 'year';

/** Sums of a day, or of a month, by its first day. */
export interface Dated {
  day: string;
  revenue: Money;
  invoices: number;
  lines: number;
  units: number;
}

/** A period of a timeline, its first and its last day included. */
export interface Period extends Omit<Dated, 'day'> {
  from: string;
  to: string;
  /** In full, and as it stands below a chart. */
  label: string;
  mark: string;
}

const BARS_MAX = 400;
const DAY_MS = 86_400_000;
const UNITS: readonly Unit[] = ['day', 'week', 'month', 'year'];

/**
 * The days as periods of a length that leaves few enough bars to tell them apart, oldest first: those without lines
 * too, unless that were too many. @param days in order. @param finest what the days stand for.
 */
export function timelineOf(days: readonly Dated[], finest: Unit = 'day'): { unit: Unit; periods: Period[] } {
  const first = days[0]?.day;
  const last = days.at(-1)?.day;
  const unit = unitFor(first ?? '', last ?? '', finest);
  if (first === undefined || last === undefined) return { unit, periods: [] };
  const { start, next, label, mark } = CALENDAR[unit];
  const sums = new Map<string, Omit<Dated, 'day'>>();
  for (const { day, revenue, invoices, lines, units } of days) {
    const key = start(day);
    const sum = sums.get(key) ?? NOTHING;
    sums.set(key, {
      revenue: sum.revenue + revenue,
      invoices: sum.invoices + invoices,
      lines: sum.lines + lines,
      units: sum.units + units,
    });
  }
  const periods = startsOf(unit, first, last, [...sums.keys()]).map((from) => ({
    ...{ from, to: plusDays(next(from), -1), label: label(from), mark: mark(from) },
    ...(sums.get(from) ?? NOTHING),
  }));
  return { unit, periods };
}

/** A day so many days later. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Days from the first to the last, both included. */
export function daysBetween(first: string, last: string): number {
  return Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1;
}

const NOTHING = { revenue: 0n, invoices: 0, lines: 0, units: 0 };

/** The start of the period that a day lies in, the start of the next one, and what a period is called by its start. */
const CALENDAR: Readonly<Record<Unit, Record<'start' | 'next' | 'label' | 'mark', (day: string) => string>>> = {
  day: { start: (day) => day, next: (day) => plusDays(day, 1), label: formatDay, mark: formatDay },
  week: {
    start: monday,
    next: (day) => plusDays(day, 7),
    label: (start) => `Week of ${formatDay(start)}`,
    mark: formatDay,
  },
  month: {
    start: (day) => `${day.slice(0, 7)}-01`,
    next: (start) => plusDays(start, 31).slice(0, 8) + '01',
    label: formatMonth,
    mark: formatMonth,
  },
  year: {
    start: (day) => `${day.slice(0, 4)}-01-01`,
    next: (start) => plusDays(start, 366).slice(0, 5) + '01-01',
    label: (start) => start.slice(0, 4),
    mark: (start) => start.slice(0, 4),
  },
};

function unitFor(first: string, last: string, finest: Unit): Unit {
  const span = daysBetween(first, last);
  const unit = !(span >= 93) ? 'day' : span < 750 ? 'week' : span < 366 * 12 ? 'month' : 'year';
  return UNITS.indexOf(unit) < UNITS.indexOf(finest) ? finest : unit;
}

function startsOf(unit: Unit, first: string, last: string, filled: readonly string[]): readonly string[] {
  const { start, next } = CALENDAR[unit];
  const starts: string[] = [];
  for (let at = start(first); at <= last; at = next(at)) {
    if (starts.push(at) > BARS_MAX) return filled;
  }
  return starts;
}

function monday(day: string): string {
  const weekday = (new Date(day).getUTCDay() + 6) % 7;
  return plusDays(day, -weekday);
}

/** The ranges that the overview offers: the last so many days, up to the newest one that has lines. */
export function recentRanges(newestDay: string): { days: number; from: string; to: string }[] {
  return [7, 30, 90, 365].map((days) => ({ days, from: plusDays(newestDay, 1 - days), to: newestDay }));
}
