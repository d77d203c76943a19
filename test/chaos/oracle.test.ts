import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';

interface Line {
  Description: string;
  [field: string]: unknown;
}
interface Entry {
  line: Line;
  state: 'acknowledged' | 'refused' | 'unknown';
}
interface StoredLine {
  eventId: string;
  description: string;
  stockCode: string;
  quantity: number;
  unitPrice: string;
  amount: string;
  invoiceDate: Date;
}

const file = join(import.meta.dirname, '..', '..', 'chaos', 'oracle.mjs');
const { judge, tally } = (await import(pathToFileURL(file).href)) as {
  judge(entries: Entry[], world: unknown): string[];
  tally(entries: Entry[], world: unknown): { stored: number; lost: number; doubled: number };
};

const DATE = '2011-03-04T10:05:00Z';

function sent(token: string, state: Entry['state'], changes: object = {}): Entry {
  const line = {
    InvoiceNo: '600001',
    StockCode: '85123A',
    Description: token,
    Quantity: 3,
    InvoiceDate: DATE,
    UnitPrice: 2.55,
    CustomerID: 12_001,
    Country: 'France',
    ...changes,
  };
  return { line, state };
}

function storedLine(token: string): StoredLine {
  return {
    eventId: `event of ${token}`,
    description: token,
    stockCode: '85123A',
    quantity: 3,
    unitPrice: '2.5500',
    amount: '7.65',
    invoiceDate: new Date(DATE),
  };
}

/** What the sinks hold when the clients sent A and B and got their 200, C was refused, and nobody knows of D. */
function goodWorld() {
  const lines = [storedLine('A'), storedLine('B')];
  const invoice = {
    _id: '600001',
    customerId: 12_001,
    country: 'France',
    lineCount: 2,
    units: 6,
    total: '15.30',
    lines,
  };
  const group = { revenue: '15.30', lines: 2 };
  return {
    invoices: [invoice],
    output: lines.map((line) => ({ invoiceNo: '600001', lines: [line] })),
    batches: [{ _id: 'ingestion-topic/0/0', records: 3, stored: 2, duplicates: 1, deadLetters: 0 }],
    deadLetters: [] as { _id: string; message: string }[],
    deadLetterRecords: [] as string[],
    summary: {
      totals: { revenue: '15.30', invoices: 1, customers: 1, lines: 2 },
      byDay: [{ ...group, day: '2011-03-04' }],
      byCountry: [{ ...group, country: 'France' }],
      byCustomer: [{ ...group, customerId: 12_001 }],
      byProduct: [{ ...group, stockCode: '85123A' }],
    },
  };
}

type World = ReturnType<typeof goodWorld>;

const ledger = () => [sent('A', 'acknowledged'), sent('B', 'acknowledged'), sent('C', 'refused'), sent('D', 'unknown')];

/** The good world with one harm done to it. */
function harmed(harm: (world: World) => void): World {
  const world = goodWorld();
  harm(world);
  return world;
}

/** The first invoice, which is there. */
function invoiceOf(world: World): World['invoices'][number] {
  const [invoice] = world.invoices;
  if (invoice === undefined) throw new Error('the world has no invoice');
  return invoice;
}

const HARMS: [string, (world: World) => void, RegExp][] = [
  ['a lost line', (world) => invoiceOf(world).lines.pop(), /^lost: B was acknowledged/],
  [
    'a doubled line',
    (world) => invoiceOf(world).lines.push({ ...storedLine('A'), eventId: 'another' }),
    /^doubled: A \(acknowledged\) is in the store 2 times/,
  ],
  [
    'an event that stands twice in its invoice',
    (world) => invoiceOf(world).lines.push(storedLine('A')),
    /^invoice 600001 has event event of A 2 times/,
  ],
  ['a refused line', (world) => invoiceOf(world).lines.push(storedLine('C')), /^made up: C was refused/],
  ['a line that nobody sent', (world) => invoiceOf(world).lines.push(storedLine('E')), /^made up: nobody sent E/],
  ['another price', (world) => Object.assign(invoiceOf(world).lines[0] ?? {}, { unitPrice: '2.56' }), /^changed: A/],
  ['another customer', (world) => Object.assign(invoiceOf(world), { customerId: null }), /^changed: A/],
  [
    'a total that is a cent off',
    (world) => Object.assign(invoiceOf(world), { total: '15.31' }),
    /^invoice 600001 says/,
  ],
  ['an output record too few', (world) => world.output.pop(), /in the store 1 times and in spark-output 0 times/],
  [
    'an output record twice',
    (world) => world.output.push(...world.output.slice(0, 1)),
    /in the store 1 times and in spark-output 2 times/,
  ],
  [
    'an output record of nothing',
    (world) => world.output.push({ invoiceNo: '600001', lines: [storedLine('F')] }),
    /F is in spark-output and not in the store/,
  ],
  ['a micro-batch too few', (world) => world.batches.pop(), /^the micro-batches stored 0 lines/],
  [
    'a micro-batch whose records do not add up',
    (world) => Object.assign(world.batches[0] ?? {}, { records: 4 }),
    /^micro-batch ingestion-topic\/0\/0: 4 records/,
  ],
  ['a total of the summary', (world) => Object.assign(world.summary.totals, { lines: 3 }), /^the summary's totals/],
  [
    'a day of the summary',
    (world) => Object.assign(world.summary.byDay[0] ?? {}, { revenue: '15.29' }),
    /^the summary of day 2011-03-04/,
  ],
  ['a country too few', (world) => world.summary.byCountry.pop(), /^the summary of country France is undefined/],
  [
    'a customer that nobody is',
    (world) => world.summary.byCustomer.push({ customerId: 1, revenue: '1', lines: 1 }),
    /^the summary of customer 1 /,
  ],
  [
    'a product that is off',
    (world) => Object.assign(world.summary.byProduct[0] ?? {}, { lines: 1 }),
    /^the summary of product/,
  ],
  [
    'a dead letter, for every line was judged before Kafka got it',
    (world) => world.deadLetters.push({ _id: 'x', message: 'not JSON' }),
    /^x is a dead letter: not JSON/,
  ],
  ['a dead-letter record alone', (world) => world.deadLetterRecords.push('{}'), /^dead-letters has 1 records, not 0/],
];

describe('the oracle of the chaos run', () => {
  it('finds nothing where every acknowledged line is in both sinks once', () => {
    expect(judge(ledger(), goodWorld())).toEqual([]);
    expect(tally(ledger(), goodWorld())).toEqual({ stored: 2, lost: 0, doubled: 0 });
  });

  it('takes a line without an answer once as well as not at all', () => {
    const entries = ledger().map((entry) => (entry.line.Description === 'B' ? sent('B', 'unknown') : entry));
    expect(judge(entries, goodWorld())).toEqual([]);
  });

  it.each(HARMS)('finds %s', (_, harm, complaint) => {
    expect(judge(ledger(), harmed(harm))).toContainEqual(expect.stringMatching(complaint));
  });

  it('counts what was lost and doubled', () => {
    const lost = harmed((world) => invoiceOf(world).lines.pop());
    expect(tally(ledger(), lost)).toEqual({ stored: 1, lost: 1, doubled: 0 });
    const doubled = harmed((world) => invoiceOf(world).lines.push(storedLine('A')));
    expect(tally(ledger(), doubled)).toEqual({ stored: 3, lost: 0, doubled: 1 });
  });
});
