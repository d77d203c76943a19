import { formatMoney, type Money } from '../../invoice/index.js';
import type { DayTally } from '../../store/index.js';
import { axisOf } from './axis.js';
import { formatDay, formatMonth, formatPounds } from './helpers.js';

/** A bar chart of revenue, in the units of an SVG view box of `width` by `height` that may be stretched. */
export interface RevenueChart {
  /** What one bar stands for. */
  unit: 'day' | 'week' | 'month' | 'year';
  width: number;
  height: number;
  /** Where zero lies, from the top. */
  zero: number;
  bars: readonly { x: number; y: number; height: number; isNegative: boolean; label: string; revenue: string }[];
  barWidth: number;
  /** Labels of the horizontal lines, top first, at equal distances, and where the lines lie. */
  ticks: readonly { label: string; y: number }[];
  /** Labels below the bars: the first, the last and some between. */
  labels: readonly string[];
  /** The same figures for the table; periods without lines are left out. */
  rows: readonly { label: string; revenue: string; invoices: number; lines: number }[];
}

/** Null when there is nothing to draw. Days must be in order. */
export function revenueChart(days: readonly DayTally[]): RevenueChart | null {
  const first = days[0]?.day;
  const last = days.at(-1)?.day;
  if (first === undefined || last === undefined) return null;
  const unit = unitFor(first, last);
  const sums = sumsBy(days, UNITS[unit].start);
  const starts = timeline(unit, first, last, [...sums.keys()]);
  const revenues = starts.map((start) => sums.get(start)?.revenue ?? 0n);
  const axis = axisOf(revenues.map(toNumber));
  const scale = HEIGHT / (axis.max - axis.min);
  const zero = axis.max * scale;
  const bars = revenues.map((revenue, index) => {
    const size = Math.abs(toNumber(revenue)) * scale;
    const label = UNITS[unit].label(starts[index] ?? '');
    const y = revenue < 0n ? zero : zero - size;
    return {
      x: round(index + GAP / 2),
      y: round(y),
      height: round(size),
      isNegative: revenue < 0n,
      label,
      revenue: formatPounds(formatMoney(revenue)),
    };
  });
  return {
    unit,
    width: starts.length,
    height: HEIGHT,
    zero: round(zero),
    bars,
    barWidth: 1 - GAP,
    ticks: axis.ticks.map((tick) => ({ label: tickLabel(tick), y: round((axis.max - tick) * scale) })),
    labels: spread(starts.map(unit === 'week' ? formatDay : UNITS[unit].label), LABELS_MAX),
    rows: [...sums].map(([start, { revenue, invoices, lines }]) => ({
      ...{ label: UNITS[unit].label(start), revenue: formatMoney(revenue), invoices, lines },
    })),
  };
}

type Unit = RevenueChart['unit'];

const HEIGHT = 100;
/** Between two bars, of a bar's place. */
const GAP = 0.25;
const LABELS_MAX = 5;
const BARS_MAX = 400;
const DAY_MS = 86_400_000;

/** The start of the period that a day lies in, the start of the next one, and the name of a period by its start. */
const UNITS: Readonly<
  Record<Unit, { start(day: string): string; next(start: string): string; label(start: string): string }>
> = {
  day: { start: (day) => day, next: (day) => plusDays(day, 1), label: formatDay },
  week: { start: monday, next: (day) => plusDays(day, 7), label: (start) => `Week of ${formatDay(start)}` },
  month: {
    start: (day) => `${day.slice(0, 7)}-01`,
    next: (start) => plusDays(start, 31).slice(0, 8) + '01',
    label: formatMonth,
  },
  year: {
    start: (day) => `${day.slice(0, 4)}-01-01`,
    next: (start) => plusDays(start, 366).slice(0, 5) + '01-01',
    label: (start) => start.slice(0, 4),
  },
};

/** Few enough bars to tell them apart. */
function unitFor(first: string, last: string): Unit {
  const span = (Date.parse(last) - Date.parse(first)) / DAY_MS;
  if (span < 93) return 'day';
  if (span < 750) return 'week';
  return span < 366 * 12 ? 'month' : 'year';
}

function sumsBy(
  days: readonly DayTally[],
  start: (day: string) => string,
): Map<string, { revenue: Money; invoices: number; lines: number }> {
  const sums = new Map<string, { revenue: Money; invoices: number; lines: number }>();
  for (const { day, revenue, invoices, lines } of days) {
    const key = start(day);
    const sum = sums.get(key) ?? { revenue: 0n, invoices: 0, lines: 0 };
    sums.set(key, { revenue: sum.revenue + revenue, invoices: sum.invoices + invoices, lines: sum.lines + lines });
  }
  return sums;
}

/** Every period from the first to the last, those without lines too; only those with lines if that were too many. */
function timeline(unit: Unit, first: string, last: string, filled: readonly string[]): readonly string[] {
  const { start, next } = UNITS[unit];
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

function plusDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Only for drawing: sums are never computed with it. */
function toNumber(money: Money): number {
  return Number(money) / 10_000;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function tickLabel(pounds: number): string {
  return TICK.format(pounds).replace('-', '\u2212');
}

const TICK = new Intl.NumberFormat('en-GB', {
  style: 'currency',
  currency: 'GBP',
  notation: 'compact',
  maximumFractionDigits: 2,
  minimumFractionDigits: 0,
});

function spread(labels: readonly string[], count: number): string[] {
  if (labels.length <= count) return [...labels];
  return Array.from({ length: count }, (_, n) => labels[Math.round((n * (labels.length - 1)) / (count - 1))] ?? '');
}
