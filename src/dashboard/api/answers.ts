import { formatMoney, type InvoiceKind, type ProductTally, type Tally } from '../../invoice/index.js';
import type { CustomerTotals, InvoiceSums, StoredInvoiceDetail, SummaryReading } from '../../store/index.js';

// The shapes of the JSON API: camelCase, money as a string with its exact decimals, dates as ISO 8601 UTC.

export interface LineAnswer {
  eventId: string;
  stockCode: string;
  description: string | null;
  quantity: number;
  invoiceDate: string;
  unitPrice: string;
  amount: string;
}

export interface InvoiceAnswer {
  invoiceNo: string;
  kind: InvoiceKind;
  customerId: number | null;
  country: string;
  invoiceDate: string;
  lines: LineAnswer[];
  lineCount: number;
  units: number;
  total: string;
}

export interface CustomerAnswer extends Omit<CustomerTotals, 'revenue'> {
  revenue: string;
}

export type InvoiceListItem = Pick<
  InvoiceAnswer,
  'invoiceNo' | 'customerId' | 'invoiceDate' | 'total' | 'kind' | 'country' | 'lineCount'
>;

export interface SummaryAnswer {
  totals: { revenue: string; invoices: number; customers: number; lines: number };
  byDay: { day: string; revenue: string; invoices: number; lines: number }[];
  byCountry: { country: string; revenue: string; invoices: number; lines: number; units: number }[];
  byProduct: { stockCode: string; description: string | null; revenue: string; units: number; lines: number }[];
  byCustomer: { customerId: number; revenue: string; invoices: number; lines: number }[];
}

export function invoiceAnswer(invoice: StoredInvoiceDetail): InvoiceAnswer {
  const { invoiceNo, kind, customerId, country, invoiceDate, lineCount, units, total } = invoice;
  const lines = invoice.lines.map(
    ({ eventId, stockCode, description, quantity, invoiceDate: date, unitPrice, amount }) => ({
      ...{ eventId, stockCode, description, quantity, invoiceDate: date },
      ...{ unitPrice: formatMoney(unitPrice), amount: formatMoney(amount) },
    }),
  );
  return { invoiceNo, kind, customerId, country, invoiceDate, lines, lineCount, units, total: formatMoney(total) };
}

export function customerAnswer(totals: CustomerTotals): CustomerAnswer {
  return { ...totals, revenue: formatMoney(totals.revenue) };
}

export function invoiceListItem(invoice: InvoiceSums): InvoiceListItem {
  const { invoiceNo, customerId, invoiceDate, total, kind, country, lineCount } = invoice;
  return { invoiceNo, customerId, invoiceDate, total: formatMoney(total), kind, country, lineCount };
}

/** The sums, and of countries, products and customers those with the highest revenue: so many of each at most. */
export function summaryAnswer(
  { days, sum }: SummaryReading,
  { countries, others }: { countries: number; others: number },
): SummaryAnswer {
  return {
    totals: {
      revenue: formatMoney(sum.revenue),
      invoices: sum.invoices,
      customers: sum.customers.size,
      lines: sum.lines,
    },
    byDay: days.map(({ day, revenue, invoices, lines }) => ({ day, revenue: formatMoney(revenue), invoices, lines })),
    byCountry: highest(sum.countries, countries).map(([country, { revenue, invoices, lines, units }]) => ({
      ...{ country, revenue: formatMoney(revenue), invoices, lines, units },
    })),
    byProduct: highest<ProductTally>(sum.products, others).map(
      ([stockCode, { description, revenue, units, lines }]) => ({
        ...{ stockCode, description, revenue: formatMoney(revenue), units, lines },
      }),
    ),
    byCustomer: highest(sum.customers, others).map(([customer, { revenue, invoices, lines }]) => ({
      ...{ customerId: Number(customer), revenue: formatMoney(revenue), invoices, lines },
    })),
  };
}

/** By revenue, descending; equal ones by their keys, so that the same data gives the same answer. */
function highest<T extends Tally>(tallies: ReadonlyMap<string, T>, top: number): [string, T][] {
  const best: [string, T][] = [];
  for (const entry of tallies) {
    const last = best.at(-1);
    // Most are below the last one of the best: far cheaper than sorting all of them.
    if (best.length === top && last !== undefined && isHigher(last, entry)) continue;
    best.splice(placeOf(entry, best), 0, entry);
    if (best.length > top) best.pop();
  }
  return best;
}

function isHigher([keyA, a]: [string, Tally], [keyB, b]: [string, Tally]): boolean {
  return a.revenue === b.revenue ? keyA < keyB : a.revenue > b.revenue;
}

/** How many of the sorted ones are higher. */
function placeOf(entry: [string, Tally], sorted: readonly [string, Tally][]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = sorted[middle];
    if (at !== undefined && isHigher(at, entry)) low = middle + 1;
    else high = middle;
  }
  return low;
}
