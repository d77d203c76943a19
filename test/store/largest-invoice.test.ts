import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import mongoose, { type Connection, mongo } from 'mongoose';
import { loadSettings } from '../../src/config.js';
import { eventIdRule, foldBatch, type FoldOutcome, type Item, type Line, Refusal } from '../../src/invoice/index.js';
import { bytesOfAny, lineBytes, LINES_THAT_FIT } from '../../src/invoice/room.js';
import { RULES } from '../../src/invoice/rules.js';
import { InvoiceStates } from '../../src/store/invoice-states.js';
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

/** How many bytes so many of these lines take in the document of their invoice. */
function bytesOf(count: number, each = line): number {
  const stored = storedLine(each, { ...header, partition: 0 });
  return mongo.BSON.calculateObjectSize({ lines: Array.from({ length: count }, () => stored) });
}

const taken = (lines: number) =>
  loadSettings({ DOCSTREAM_INVOICE_LINES_MAX: String(lines) }).processing.invoiceLinesMax;
const { invoiceLinesMax } = loadSettings({}).processing;

let store: StoreEngine;
let connection: Connection;
let invoices: mongoose.Model<Invoice>;
beforeAll(async () => {
  store = await startOwnStore();
  connection = await mongoose.createConnection(store.uri, { dbName: 'largest' }).asPromise();
  invoices = connection.model<Invoice>(Invoice.name, InvoiceSchema as mongoose.Schema);
  await connection.createCollection('invoices');
});
afterAll(async () => {
  await connection.close();
  await store.stop();
});

describe('an invoice of so many lines as fit anyhow, all as large as a line can be', () => {
  it('leaves a margin in the document that it is', () => {
    expect(bytesOf(LINES_THAT_FIT)).toBeLessThan(DOCUMENT_BYTES_MAX - MARGIN_BYTES);
    expect(bytesOf(LINES_THAT_FIT)).toBeLessThan(bytesOfAny(LINES_THAT_FIT));
  });

  it('is taken by the store, and gets no more than the document takes', async () => {
    const invoiceNo = 'C999999999999';
    await write(invoiceNo, LINES_THAT_FIT, line);
    expect(await sizeOf(invoiceNo)).toBe(LINES_THAT_FIT);
    const [more = NaN, tooMany] = counted(await outcomesOf(invoiceNo, 200, line));
    expect(bytesOf(LINES_THAT_FIT + more)).toBeLessThan(DOCUMENT_BYTES_MAX - MARGIN_BYTES);
    expect(tooMany).toBeGreaterThan(0);
  });

  it('gets no more where they all come in one micro-batch', () => {
    const [stored = NaN, tooMany] = counted(foldedOutcomes('536366', LINES_THAT_FIT + 200, line));
    expect(stored).toBeGreaterThanOrEqual(LINES_THAT_FIT);
    expect(bytesOf(stored)).toBeLessThan(DOCUMENT_BYTES_MAX - MARGIN_BYTES);
    expect(tooMany).toBeGreaterThan(0);
  });
});

describe('an invoice of lines as shops write them', () => {
  it('has as many as the setting says, which can not be made larger', async () => {
    await write('536365', invoiceLinesMax - 1, usual);
    expect(await outcomesOf('536365', 2, usual)).toEqual(['stored', 'invoice-too-large']);
    expect(taken(invoiceLinesMax)).toBe(invoiceLinesMax);
    expect(() => taken(invoiceLinesMax + 1)).toThrow('DOCSTREAM_INVOICE_LINES_MAX');
  });

  it('has as many where they all come in one micro-batch', () => {
    expect(counted(foldedOutcomes('536366', invoiceLinesMax + 1, usual))).toEqual([invoiceLinesMax, 1]);
  });
});

it('no line takes more in the document than it is reckoned with, nor much less', () => {
  const place = fc.record({ partition: fc.nat(2 ** 31 - 1), offset: fc.nat(Number.MAX_SAFE_INTEGER) });
  const text = (max: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength: max });
  const own = fc.record({ eventId: text(60), stockCode: text(32), description: text(256), country: text(64) });
  fc.assert(
    fc.property(place, own, (somewhere, texts) => {
      const each = { ...line, ...somewhere, ...texts };
      // The tenth thousandth has the longest index.
      const bytes = bytesOf(10_000, each) - bytesOf(9_999, each);
      expect(lineBytes(each)).toBeGreaterThanOrEqual(bytes);
      expect(lineBytes(each)).toBeLessThan(bytes + 60);
    }),
    { numRuns: 20 },
  );
});

const usual: Line = {
  ...line,
  eventId: 'e'.repeat(36),
  stockCode: '85123A',
  description: 'd'.repeat(30),
  country: 'France',
};

/** The invoice with so many of these lines, each under an event id of its own. */
async function write(invoiceNo: string, count: number, each: Line): Promise<void> {
  const added = Array.from({ length: count }, (_, n) => ({ ...each, eventId: nth(each.eventId, n) }));
  const sums = { lineCount: count, units: count * each.quantity, total: BigInt(count) * each.amount };
  const writes = new TransactionWrites(connection);
  const folded = { header: { ...header, invoiceNo }, isNew: true, added, ...sums };
  await new InvoiceWriter(invoices).write(0, [folded], new Map(), writes);
  await connection.withSession((session) => session.withTransaction(() => writes.run(session)));
}

function nth(eventId: string, n: number): string {
  const number = String(n);
  return `${eventId.slice(0, -number.length)}${number}`;
}

async function sizeOf(invoiceNo: string): Promise<unknown> {
  const pipeline = [{ $match: { _id: invoiceNo } }, { $project: { size: { $size: '$lines' } } }];
  const [found] = await connection.collection('invoices').aggregate(pipeline).toArray();
  return found?.['size'];
}

/** What becomes of so many more lines of an invoice that is stored. */
async function outcomesOf(invoiceNo: string, count: number, each: Line): Promise<FoldOutcome[]> {
  return foldedOutcomes(invoiceNo, count, each, await new InvoiceStates(invoices).read([invoiceNo]));
}

function foldedOutcomes(invoiceNo: string, count: number, each: Line, stored = new Map()): FoldOutcome[] {
  const { stockCode: StockCode, description: Description, country: Country } = each;
  const item: Item = {
    ...{ InvoiceNo: invoiceNo, StockCode, Description, Country, Quantity: 1, UnitPrice: '1.00', CustomerID: null },
    InvoiceDate: each.invoiceDate,
  };
  const records = Array.from({ length: count }, (_, n) => ({
    ...{ eventId: `new-${n}`.padEnd(each.eventId.length, '-'), partition: 0, offset: n, item },
  }));
  return foldBatch(records, stored, { invoiceLinesMax }).outcomes;
}

/** How many are stored, and how many are too many. */
function counted(outcomes: readonly FoldOutcome[]): number[] {
  return ['stored', 'invoice-too-large'].map((asked) => outcomes.filter((outcome) => outcome === asked).length);
}
