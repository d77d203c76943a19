import type { Money } from '../invoice/index.js';
import type { InvoiceSums } from './invoice.reader.js';

export interface CustomerTotals {
  customerId: number;
  /** Of the newest invoice. */
  country: string;
  invoices: number;
  lines: number;
  units: number;
  /** Sum of the invoices' totals, exact. */
  revenue: Money;
  cancellations: number;
  firstInvoiceDate: string;
  lastInvoiceDate: string;
}

/** What all invoices of a customer add up to, given newest first; null: there is none. */
export function totalsOf(customerId: number, invoices: readonly InvoiceSums[]): CustomerTotals | null {
  const [newest, oldest] = [invoices[0], invoices.at(-1)];
  if (newest === undefined || oldest === undefined) return null;
  const sum = (of: (invoice: InvoiceSums) => number) => invoices.reduce((all, invoice) => all + of(invoice), 0);
  return {
    customerId,
    country: newest.country,
    invoices: invoices.length,
    lines: sum(({ lineCount }) => lineCount),
    units: sum(({ units }) => units),
    revenue: invoices.reduce<Money>((all, { total }) => all + total, 0n),
    cancellations: invoices.filter(({ kind }) => kind === 'cancellation').length,
    firstInvoiceDate: oldest.invoiceDate,
    lastInvoiceDate: newest.invoiceDate,
  };
}
