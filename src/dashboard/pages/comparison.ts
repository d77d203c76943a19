import type { DayRange, SummaryReading } from '../../store/index.js';
import { formatCount } from './helpers.js';
import { daysBetween, plusDays } from './timeline.js';

/** One figure of the overview. */
export interface Tile {
  label: string;
  /** Exact decimal text of an amount of money; else `value` is what to show. */
  amount?: string;
  value?: string;
  note?: string;
  change: Change | null;
}

/** Against the period before. */
export interface Change {
  text: string;
  direction: 'up' | 'down' | 'same';
  /** Whether that is what a shop wants. */
  isGood: boolean;
}

/** The period of equal length right before the range; null where the stored days do not reach back that far. */
export function periodBefore(range: DayRange, { oldestDay, newestDay }: SummaryReading): DayRange | null {
  const to = range.to ?? newestDay;
  if (range.from === null || to === null || oldestDay === null || to < range.from) return null;
  const before = { from: plusDays(range.from, -daysBetween(range.from, to)), to: plusDays(range.from, -1) };
  return before.from < oldestDay ? null : before;
}

/** The figures of a range, each with its change where there is something to compare it with. */
export function tilesOf(reading: SummaryReading, before: SummaryReading | null, revenue: string): Tile[] {
  const [now, then] = [figuresOf(reading), before === null ? null : figuresOf(before)];
  const change = (of: keyof Figures) => (then === null ? null : changeOf(now[of], then[of]));
  const { invoices, cancellations } = reading.sum;
  return [
    { label: 'Revenue', amount: revenue, change: change('revenue') },
    { label: 'Invoices', value: formatCount(now.invoices), change: change('invoices') },
    { label: 'Customers', value: formatCount(now.customers), change: change('customers') },
    { label: 'Lines', value: formatCount(now.lines), change: change('lines') },
    {
      label: 'Cancellations',
      value: invoices === 0 ? '–' : formatPercent(cancellations / invoices),
      note: `${formatCount(cancellations)} of ${formatCount(invoices)} invoices`,
      change: then === null ? null : pointsOf(now.cancelled - then.cancelled),
    },
  ];
}

/** `0.1234` as 12.3%. */
export function formatPercent(share: number): string {
  const percent = Math.abs(share) * 100;
  const digits = percent >= 99.95 || percent === 0 ? 0 : 1;
  return `${share < 0 ? '\u2212' : ''}${percent.toFixed(digits)}%`;
}

type Figures = ReturnType<typeof figuresOf>;

function figuresOf({ sum }: SummaryReading) {
  return {
    revenue: Number(sum.revenue),
    invoices: sum.invoices,
    customers: sum.customers.size,
    lines: sum.lines,
    cancelled: sum.invoices === 0 ? 0 : sum.cancellations / sum.invoices,
  };
}

function changeOf(now: number, then: number): Change | null {
  // From nothing, or from a loss, a share says nothing.
  if (then <= 0) return null;
  const change = (now - then) / then;
  const text =
    Math.abs(change) >= 10 ? `${formatCount(Math.round(now / then))} times` : formatPercent(Math.abs(change));
  return { text, ...directionOf(change, true) };
}

/** Of a share, in percentage points. */
function pointsOf(difference: number): Change {
  return { text: `${(Math.abs(difference) * 100).toFixed(1)} points`, ...directionOf(difference, false) };
}

function directionOf(change: number, isGoodUp: boolean): Pick<Change, 'direction' | 'isGood'> {
  if (Math.abs(change) < 0.0005) return { direction: 'same', isGood: true };
  return { direction: change > 0 ? 'up' : 'down', isGood: change > 0 === isGoodUp };
}
