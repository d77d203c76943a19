import { formatMoney, ITEM_FIELDS } from '../../invoice/index.js';
import type { StoredInvoiceDetail } from '../../store/index.js';
import type { InvoiceListItem } from '../api/answers.js';

/**
 * The lines of an invoice as RFC 4180 CSV: the data set's eight columns as each line has them, and the amount. Text that
 * a spreadsheet would take for a formula, also one that splits at semicolons, is preceded by an apostrophe; numbers are
 * left as they are.
 */
export function invoiceCsv({ invoiceNo, lines }: StoredInvoiceDetail): string {
  const rows = lines.map((line) => [
    invoiceNo,
    safeText(line.stockCode),
    safeText(line.description ?? ''),
    String(line.quantity),
    line.invoiceDate,
    formatMoney(line.unitPrice),
    line.customerId === null ? '' : String(line.customerId),
    safeText(line.country),
    formatMoney(line.amount),
  ]);
  return [[...ITEM_FIELDS, 'Amount'], ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

/** Invoices without their lines as CSV, by the same rules. */
export function invoiceListCsv(invoices: readonly InvoiceListItem[], hasHead: boolean): string {
  const head = ['InvoiceNo', 'Kind', 'InvoiceDate', 'CustomerID', 'Country', 'Lines', 'Total'];
  const rows = invoices.map(({ invoiceNo, kind, invoiceDate, customerId, country, lineCount, total }) => [
    ...[invoiceNo, kind, invoiceDate, customerId === null ? '' : String(customerId), safeText(country)],
    ...[String(lineCount), total],
  ]);
  return [...(hasHead ? [head] : []), ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

function safeText(text: string): string {
  return text.replace(/(^|;)(["'\s]*[=+\-@\t\r])/g, "$1'$2");
}

function quoted(field: string): string {
  return /[",;\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
