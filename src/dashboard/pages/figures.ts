import { formatMoney, type Money } from '../../invoice/index.js';
import type { PeriodSum } from '../../store/index.js';
import type { Dated } from './timeline.js';

/** The whole of a series of months, of which there is one at least. */
export function figuresOf(months: readonly PeriodSum[]) {
  const sum = (of: (month: PeriodSum) => number) => months.reduce((all, month) => all + of(month), 0);
  const revenue = months.reduce<Money>((all, month) => all + month.revenue, 0n);
  return {
    revenue: formatMoney(revenue),
    units: sum(({ units }) => units),
    lines: sum(({ lines }) => lines),
    invoices: sum(({ invoices }) => invoices),
    first: months[0]?.period ?? null,
    last: months.at(-1)?.period ?? null,
    best: months.reduce((a, b) => (b.revenue > a.revenue ? b : a)).period,
  };
}

/** Months as a timeline takes them. */
export function datedMonths(months: readonly PeriodSum[]): Dated[] {
  return months.map(({ period, ...tally }) => ({ day: `${period}-01`, ...tally }));
}
