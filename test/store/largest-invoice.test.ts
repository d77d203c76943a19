import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose, { type Connection, mongo } from 'mongoose';
import { loadSettings } from '../../src/config.js';
import { eventIdRule, type Line, Refusal } from '../../src/invoice/index.js';
import { RULES } from '../../src/invoice/rules.js';
import { Invoice, InvoiceSchema } from '../../src/store/invoice.schema.js';
import { InvoiceWriter } from '../../src/store/invoice-writer.js';
import { TransactionWrites } from '../../src/store/transaction-writes.js';
import { storedLine } from '../../src/store/values.js';
import type { StoreEngine } from '../../src/engines/index.js';
import { startOwnStore } from '../helpers/own-store.js';

const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;
/** What an invoice takes beside its lines, and what is left free. */
const MARGIN_BYTES = 50_000;
const TOPIC_CHARS_MAX = 249;
/** Printable, and four bytes in UTF-8, which is the most. */
const WIDE = '😀';

/** The longest text of this character that the rule takes. */
function longest(rule: (text: string) => unknown, character: string): string {
  let text = character;
  while (!(rule(text + character) instanceof Refusal)) text += character;
  return text;
}

const ofField = (field: 'StockCode' | 'Description' | 'Country') =>
  longest((text) => RULES[field](text, { dateOrder: 'mdy' }), WIDE);

const place = { partition: 2 ** 31 - 1, offset: Number.MAX_SAFE_INTEGER };
const eventIds = [longest(eventIdRule, '!'), `${'t'.repeat(TOPIC_CHARS_MAX)}:${place.partition}:${place.offset}`];

/** Nothing of it is the same as in the header, so that the store keeps all of it. */
const line: Line = {
  ...place,
  eventId: eventIds.reduce((a, b) => (a.length > b.length ? a : b)),
  stockCode: ofField('StockCode'),
  description: ofField('Description'),
  quantity: 1_000_000,
  invoiceDate: '2011-12-09T12:50:00Z',
  unitPrice: 10_000_000_000n,
  amount: 10_000_000_000_000_000n,
  customerId: Number.MAX_SAFE_INTEGER,
  country: ofField('Country'),
};
const header = {
  ...{ invoiceNo: 'C999999999999', kind: 'cancellation' as const, customerId: null },
  ...{ country: `${line.country.slice(WIDE.length)}!`, invoiceDate: line.invoiceDate },
};

/** How many bytes the line takes in the document of its invoice. */
function bytesOf(count: number): number {
  const stored = storedLine(line, { ...header, partition: 0 });
  return mongo.BSON.calculateObjectSize({ lines: Array.from({ length: count }, () => stored) });
}

const taken = (lines: number) =>
  loadSettings({ DOCSTREAM_INVOICE_LINES_MAX: String(lines) }).processing.invoiceLinesMax;
const linesMax = loadSettings({}).processing.invoiceLinesMax;

let store: StoreEngine;
let connection: Connection;
beforeAll(async () => {
  store = await startOwnStore();
  connection = await mongoose.createConnection(store.uri, { dbName: 'largest' }).asPromise();
  await connection.createCollection('invoices');
});
afterAll(async () => {
  await connection.close();
  await store.stop();
});

describe('an invoice of as many lines as one may have, all as large as a line can be', () => {
  it('leaves a margin in the document that it is', () => {
    expect(bytesOf(linesMax)).toBeLessThan(DOCUMENT_BYTES_MAX - MARGIN_BYTES);
  });

  it('can not be made larger by a setting', () => {
    expect(taken(linesMax)).toBe(linesMax);
    expect(() => taken(linesMax + 1)).toThrow('DOCSTREAM_INVOICE_LINES_MAX');
  });

  it('is taken by the store', async () => {
    const writer = new InvoiceWriter(connection.model<Invoice>(Invoice.name, InvoiceSchema as mongoose.Schema));
    const sums = { units: linesMax * line.quantity, total: BigInt(linesMax) * line.amount };
    const writes = new TransactionWrites(connection);
    const added = Array.from({ length: linesMax }, () => line);
    await writer.write(0, [{ header, isNew: true, added, lineCount: linesMax, ...sums }], new Map(), writes);

    await connection.withSession((session) => session.withTransaction(() => writes.run(session)));

    const size = { $size: '$lines' };
    const [found] = await connection
      .collection('invoices')
      .aggregate([{ $project: { size } }])
      .toArray();
    expect(found).toEqual({ _id: header.invoiceNo, size: linesMax });
  });
});
