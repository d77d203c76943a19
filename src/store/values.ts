import { Types } from 'mongoose';
import { formatMoney, parseMoney, type Line, type Money } from '../invoice/index.js';
import type { Invoice, StoredLine } from './invoice.schema.js';

/** Exact money at rest, with the decimals that a person would write. */
export function toDecimal(money: Money): Types.Decimal128 {
  return Types.Decimal128.fromString(formatMoney(money));
}

/** Exact money from the store; arithmetic done by a server may have changed its number of decimals. */
export function fromDecimal(value: Types.Decimal128): Money {
  const text = value.toString();
  return parseMoney(text.includes('.') ? text.replace(/(\.\d{2,}?)0+$/, '$1') : text);
}

/** ISO 8601 UTC to the second, as items and answers have it. */
export function toIsoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** A line as it is embedded, without what the invoice says already. */
export function storedLine(
  line: Line,
  invoice: { partition: number; customerId: number | null; country: string },
): StoredLine {
  const stored: StoredLine = {
    eventId: line.eventId,
    offset: line.offset,
    stockCode: line.stockCode,
    description: line.description,
    quantity: line.quantity,
    invoiceDate: new Date(line.invoiceDate),
    unitPrice: toDecimal(line.unitPrice),
    amount: toDecimal(line.amount),
  };
  if (line.partition !== invoice.partition) stored.partition = line.partition;
  if (line.customerId !== invoice.customerId) stored.customerId = line.customerId;
  if (line.country !== invoice.country) stored.country = line.country;
  return stored;
}

/** The line that `storedLine` was made from. */
export function lineFrom(stored: StoredLine, invoice: Pick<Invoice, 'partition' | 'customerId' | 'country'>): Line {
  return {
    eventId: stored.eventId,
    partition: stored.partition ?? invoice.partition,
    offset: stored.offset,
    stockCode: stored.stockCode,
    description: stored.description,
    quantity: stored.quantity,
    invoiceDate: toIsoSeconds(stored.invoiceDate),
    unitPrice: fromDecimal(stored.unitPrice),
    amount: fromDecimal(stored.amount),
    customerId: stored.customerId === undefined ? invoice.customerId : stored.customerId,
    country: stored.country ?? invoice.country,
  };
}
