import type { SummaryAnswer } from '../api/answers.js';
import { formatPercent } from './comparison.js';

/** One list of the overview, highest revenue first. */
export interface Ranking {
  id: string;
  title: string;
  /** Heads of the columns before revenue. */
  heading: string;
  countHeading: string;
  rows: readonly {
    label: string;
    note: string | null;
    href: string | null;
    count: number;
    revenue: string;
    /** Of the highest revenue, in percent; for the bar behind the figure. */
    share: number;
    /** Of all revenue, in words. */
    percent: string;
  }[];
}

/** The top products, countries and customers as the overview shows them. */
export function rankings({ byProduct, byCountry, byCustomer, totals }: SummaryAnswer): { rankings: Ranking[] } {
  return {
    rankings: [
      {
        id: 'products',
        title: 'Top products',
        heading: 'Product',
        countHeading: 'Units',
        rows: withShares(byProduct, totals.revenue, ({ stockCode, description, units }) => {
          return {
            label: description ?? stockCode,
            note: description === null ? null : stockCode,
            href: `/dashboard/products/${encodeURIComponent(stockCode)}`,
            count: units,
          };
        }),
      },
      {
        id: 'countries',
        title: 'Top countries',
        heading: 'Country',
        countHeading: 'Invoices',
        rows: withShares(byCountry, totals.revenue, ({ country, invoices }) => ({
          label: country,
          note: null,
          href: `/dashboard/countries/${encodeURIComponent(country)}`,
          count: invoices,
        })),
      },
      {
        id: 'customers',
        title: 'Top customers',
        heading: 'Customer',
        countHeading: 'Invoices',
        rows: withShares(byCustomer, totals.revenue, ({ customerId, invoices }) => {
          return { label: String(customerId), note: null, href: `/dashboard/customers/${customerId}`, count: invoices };
        }),
      },
    ],
  };
}

type Row = Ranking['rows'][number];

function withShares<T extends { revenue: string }>(
  items: readonly T[],
  total: string,
  row: (item: T) => Omit<Row, 'revenue' | 'share' | 'percent'>,
): Row[] {
  const highest = Number(items[0]?.revenue ?? 0);
  return items.map((item) => {
    const share = highest > 0 ? Math.max(0, Math.round((Number(item.revenue) / highest) * 1_000) / 10) : 0;
    const percent = Number(total) > 0 ? formatPercent(Number(item.revenue) / Number(total)) : '–';
    return { ...row(item), revenue: item.revenue, share, percent };
  });
}
