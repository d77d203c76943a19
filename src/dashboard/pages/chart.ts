import { formatMoney, type Money } from '../../invoice/index.js';
import { axisOf, round } from './axis.js';
import { formatCount } from './helpers.js';
import type { MoneyFormat } from './money-format.js';
import type { Period, Unit } from './timeline.js';

/** Bars over time, in the units of an SVG view box of `width` by `height` that is stretched to its place on the page. */
export interface Chart {
  unit: Unit;
  /** What it shows in a sentence, for those who do not see it. */
  summary: string;
  width: number;
  height: number;
  barWidth: number;
  plots: readonly Plot[];
  /** Below the bars, at equal distances: the first, the last and some between. */
  marks: readonly string[];
  /** Whether each bar has a mark of its own. */
  hasAllMarks: boolean;
  /** The same figures for the table; periods without lines are left out. */
  rows: readonly { label: string; href: string | null; revenue: string; count: number; lines: number }[];
  countHeading: string;
}

/** One row of bars; `title` has the figures of a bar's period, `href` leads to its days. */
export interface Plot {
  name: string;
  /** Names its colours and its height. */
  kind: 'revenue' | 'count';
  /** Where zero lies, from the top. */
  zero: number;
  bars: readonly { x: number; y: number; height: number; isNegative: boolean; href: string | null; title: string }[];
  ticks: readonly { label: string; y: number }[];
}

/** What is counted beside revenue. */
export interface Counted {
  /** In the plural, as a heading. */
  heading: string;
  of(period: Period): number;
}

export const INVOICES: Counted = { heading: 'Invoices', of: ({ invoices }) => invoices };
export const UNITS_SOLD: Counted = { heading: 'Units', of: ({ units }) => units };

const HEIGHT = 100;
/** Between two bars, of a bar's place. */
const GAP = 0.22;
const MARKS_MAX = 6;
const MARKS_ALL_MAX = 12;

/** Revenue and a count by period; null when there is nothing to draw. */
export function timeChart(
  { unit, periods }: { unit: Unit; periods: readonly Period[] },
  counted: Counted,
  money: MoneyFormat,
  hrefOf: ((period: Period) => string) | null,
): Chart | null {
  const [first, last] = [periods[0], periods.at(-1)];
  if (first === undefined || last === undefined) return null;
  const titleOf = (period: Period) =>
    `${period.label}: ${money.exact(formatMoney(period.revenue))}, ${formatCount(counted.of(period))} ${counted.heading.toLowerCase()}`;
  const columns = periods.map((period) => ({ title: titleOf(period), href: hrefOf?.(period) ?? null }));
  const best = periods.reduce((a, b) => (b.revenue > a.revenue ? b : a));
  return {
    unit,
    summary: `Bar chart by ${unit}, ${first.label} to ${last.label}. Highest: ${titleOf(best)}.`,
    ...{ width: periods.length, height: HEIGHT, barWidth: 1 - GAP },
    plots: [
      plotOf(
        'Revenue',
        'revenue',
        periods.map(({ revenue }) => toNumber(revenue)),
        columns,
        (tick) => money.short(tick),
      ),
      plotOf(counted.heading, 'count', periods.map(counted.of), columns, formatCount),
    ],
    hasAllMarks: periods.length <= MARKS_ALL_MAX,
    marks: spread(
      periods.map(({ mark }) => mark),
      periods.length <= MARKS_ALL_MAX ? MARKS_ALL_MAX : MARKS_MAX,
    ),
    rows: periods.flatMap((period) => {
      const { label, revenue, lines } = period;
      if (lines === 0) return [];
      return [
        { label, href: hrefOf?.(period) ?? null, revenue: formatMoney(revenue), count: counted.of(period), lines },
      ];
    }),
    countHeading: counted.heading,
  };
}

function plotOf(
  name: string,
  kind: Plot['kind'],
  values: readonly number[],
  columns: readonly { title: string; href: string | null }[],
  labelOf: (tick: number) => string,
): Plot {
  const axis = axisOf(values, HEIGHT, kind === 'count');
  const zero = axis.place(0);
  const bars = values.map((value, index) => {
    const place = axis.place(value);
    const { href, title } = columns[index] ?? { href: null, title: '' };
    const isNegative = value < 0;
    return {
      x: round(index + GAP / 2),
      y: Math.min(place, zero),
      height: round(Math.abs(zero - place)),
      isNegative,
      href,
      title,
    };
  });
  // A small plot has room for its ends alone.
  const ticks =
    kind === 'count' && axis.min === 0 ? axis.ticks.filter((tick) => tick === axis.max || tick === 0) : axis.ticks;
  return { name, kind, zero, bars, ticks: ticks.map((tick) => ({ label: labelOf(tick), y: axis.place(tick) })) };
}

/** Only for drawing: sums are never computed with it. */
function toNumber(money: Money): number {
  return Number(money) / 10_000;
}

function spread(labels: readonly string[], count: number): string[] {
  if (labels.length <= count) return [...labels];
  return Array.from({ length: count }, (_, n) => labels[Math.round((n * (labels.length - 1)) / (count - 1))] ?? '');
}
