import { expect, it } from '@jest/globals';
import { type FoldedInvoice, type Line, parseMoney } from '../../src/invoice/index.js';
import { outputDocuments } from '../../src/processing/documents.js';

const BYTES_MAX = 100_000;

it('an invoice whose lines fit is one record', () => {
  const [record, ...others] = outputDocuments([invoiceOf(400, 'WHITE HANGING HEART T-LIGHT HOLDER')], BYTES_MAX);
  expect(others).toEqual([]);
  expect(bytesOf(record)).toBeGreaterThan(BYTES_MAX * 0.7);
});

it.each([
  ['of ASCII', 'WHITE HANGING HEART T-LIGHT HOLDER'],
  ['of three bytes a character', '吊り下げキャンドルホルダー'],
  ['of four bytes a character', '🕯️🕯️🕯️'],
])('lines %s are cut where the next one would not fit, and each stands in one record', (_, description) => {
  const invoice = invoiceOf(2_000, description);
  const records = outputDocuments([invoice], BYTES_MAX);
  const lineBytesMax = 400;
  expect(records.length).toBeGreaterThan(2);
  expect(Math.max(...records.map(bytesOf))).toBeLessThanOrEqual(BYTES_MAX);
  expect(Math.min(...records.slice(0, -1).map(bytesOf))).toBeGreaterThan(BYTES_MAX - lineBytesMax);
  const told = records.map(({ value }) => JSON.parse(String(value)) as { invoiceNo: string; lines: Line[] });
  expect(told.flatMap(({ lines }) => lines.map(({ eventId }) => eventId))).toEqual(
    invoice.added.map(({ eventId }) => eventId),
  );
  expect(new Set(told.map(({ invoiceNo }) => invoiceNo))).toEqual(new Set(['536365']));
});

it('a line that is larger than a record may be has one of its own', () => {
  const records = outputDocuments([invoiceOf(3, 'x'.repeat(200))], 100);
  expect(records).toHaveLength(3);
});

function bytesOf(record: { value: unknown } | undefined): number {
  return Buffer.byteLength(String(record?.value));
}

function invoiceOf(lines: number, description: string): FoldedInvoice {
  const header = {
    invoiceNo: '536365',
    kind: 'sale' as const,
    customerId: 17850,
    country: 'United Kingdom',
    invoiceDate: '2010-12-01T08:26:00Z',
  };
  const price = parseMoney('2.55');
  const added = Array.from({ length: lines }, (_, n): Line => {
    const { invoiceDate, customerId, country } = header;
    const where = { eventId: `event-${n}`, partition: 0, offset: n };
    return {
      ...where,
      stockCode: '85123A',
      description,
      quantity: 1,
      invoiceDate,
      unitPrice: price,
      amount: price,
      customerId,
      country,
    };
  });
  return { header, isNew: true, added, lineCount: lines, units: lines, total: price * BigInt(lines) };
}
