import { Types } from 'mongoose';
import { amountOf, formatMoney, type InvoiceHeader, kindOf, type Line, type Money } from '../../invoice/index.js';
import type { Invoice } from '../invoice.schema.js';
import { fromDecimal, lineFrom, toDecimal, toIsoSeconds } from '../values.js';

/** An invoice as verify has read it, and what is wrong with it. */
export interface CheckedInvoice {
  header: InvoiceHeader;
  lines: Line[];
  faults: string[];
}

/**
 * Recomputes what an invoice says of itself from its own lines: count, units, total, each amount, its head from the
 * first line, and that no event id stands in it twice. Null when the document can't be read at all; `faults` says why.
 */
export function checkInvoice(invoice: Invoice): CheckedInvoice {
  const name = `invoice ${String(invoice._id)}`;
  try {
    return check(name, invoice);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { header: headerOf(invoice), lines: [], faults: [`${name}: cannot be read (${reason})`] };
  }
}

/** Exact money, null for anything else that stands where money should. */
export function moneyOf(value: unknown): Money | null {
  if (!(value instanceof Types.Decimal128)) return null;
  const money = fromDecimal(value);
  if (Buffer.compare(toDecimal(money).bytes, value.bytes) === 0) return money;
  return /^-?\d+(?:\.\d{1,4}0*)?$/.test(value.toString()) ? money : null;
}

function check(name: string, invoice: Invoice): CheckedInvoice {
  const faults: string[] = [];
  const lines: Line[] = [];
  const eventIds = new Set<string>();
  let units = 0;
  let total = 0n;
  for (const [index, stored] of invoice.lines.entries()) {
    const where = `${name}: line ${index + 1}`;
    const unitPrice = moneyOf(stored.unitPrice);
    const amount = moneyOf(stored.amount);
    if (unitPrice === null || amount === null) {
      faults.push(`${where}: ${unitPrice === null ? 'unitPrice' : 'amount'} is not exact money`);
      continue;
    }
    if (!Number.isSafeInteger(stored.quantity)) {
      faults.push(`${where}: quantity is not a whole number`);
      continue;
    }
    const line = lineFrom(stored, invoice);
    lines.push(line);
    const expected = amountOf(line.quantity, unitPrice);
    if (amount !== expected) {
      faults.push(`${where}: amount is ${formatMoney(amount)}, quantity by price gives ${formatMoney(expected)}`);
    }
    if (eventIds.has(line.eventId)) faults.push(`${where}: event id ${line.eventId} stands in the invoice twice`);
    eventIds.add(line.eventId);
    units += line.quantity;
    total += amount;
  }
  if (lines.length === 0 && faults.length === 0) faults.push(`${name}: has no lines`);
  const stored = moneyOf(invoice.total);
  if (invoice.lineCount !== invoice.lines.length) {
    faults.push(`${name}: lineCount is ${String(invoice.lineCount)}, it has ${invoice.lines.length} lines`);
  }
  if (invoice.units !== units) faults.push(`${name}: units is ${String(invoice.units)}, its lines give ${units}`);
  if (stored === null) faults.push(`${name}: total is not exact money`);
  else if (stored !== total)
    faults.push(`${name}: total is ${formatMoney(stored)}, its lines give ${formatMoney(total)}`);
  const header = headerOf(invoice);
  faults.push(...headFaults(name, header, lines[0]));
  return { header, lines, faults };
}

function headFaults(name: string, header: InvoiceHeader, first: Line | undefined): string[] {
  const faults: string[] = [];
  const kind = kindOf(header.invoiceNo);
  if (header.kind !== kind) faults.push(`${name}: kind is ${header.kind}, its number says ${kind}`);
  if (first === undefined) return faults;
  for (const field of ['customerId', 'country', 'invoiceDate'] as const) {
    if (header[field] === first[field]) continue;
    faults.push(`${name}: ${field} is ${String(header[field])}, its first line says ${String(first[field])}`);
  }
  return faults;
}

function headerOf({ _id: invoiceNo, kind, customerId, country, invoiceDate }: Invoice): InvoiceHeader {
  const date =
    invoiceDate instanceof Date && !Number.isNaN(invoiceDate.getTime()) ? toIsoSeconds(invoiceDate) : 'no date';
  return { invoiceNo: String(invoiceNo), kind, customerId, country, invoiceDate: date };
}
