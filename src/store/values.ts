import { Types } from 'mongoose';
import type { Line, Money } from '../invoice/index.js';
import type { Invoice, StoredLine } from './invoice.schema.js';

/**
 * Exact money at rest, with the decimals that a person would write: `2.55`, `0.001`. The sixteen bytes are laid down
 * directly (IEEE 754-2008, binary integer decimal), since reading them from text was an eighth of the work of a
 * micro-batch: docs/decisions/0004.
 */
export function toDecimal(money: Money): Types.Decimal128 {
  const bytes = Buffer.alloc(16);
  const decimals = money % 100n === 0n ? 2 : money % 10n === 0n ? 3 : 4;
  const scaled = decimals === 2 ? money / 100n : decimals === 3 ? money / 10n : money;
  const coefficient = scaled < 0n ? -scaled : scaled;
  // Money is far below 2^113, the largest coefficient of this form.
  bytes.writeBigUInt64LE(coefficient & 0xffff_ffff_ffff_ffffn, 0);
  bytes.writeBigUInt64LE((coefficient >> 64n) | EXPONENTS[decimals] | (scaled < 0n ? SIGN : 0n), 8);
  return new Types.Decimal128(bytes);
}

const SIGN = 1n << 63n;
/** By the number of decimals: the biased exponent at its place in the upper half. */
const EXPONENTS = { 2: 6_174n << 49n, 3: 6_173n << 49n, 4: 6_172n << 49n } as const;

/** Exact money from the store, however many decimals a server's own arithmetic has left it with. */
export function fromDecimal(value: Types.Decimal128): Money {
  const bytes = Buffer.from(value.bytes.buffer, value.bytes.byteOffset, 16);
  const high = bytes.readBigUInt64LE(8);
  const exponent = Number((high >> 49n) & 0x3fffn) - 6_176;
  const coefficient = ((high & 0x1_ffff_ffff_ffffn) << 64n) | bytes.readBigUInt64LE(0);
  const money = exponent >= -4 ? coefficient * 10n ** BigInt(exponent + 4) : coefficient / 10n ** BigInt(-4 - exponent);
  return (high & SIGN) === 0n ? money : -money;
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
