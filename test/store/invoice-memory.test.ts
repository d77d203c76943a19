import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getConnectionToken } from '@nestjs/mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Connection } from 'mongoose';
import { PartModule } from '../../src/part.module.js';
import { foldBatch, type FoldRecord } from '../../src/invoice/index.js';
import {
  BatchWriter,
  Checkpoints,
  InvoiceMemory,
  InvoiceReader,
  InvoiceStates,
  OwnerSessions,
  StoreIndexes,
  type StorePosition,
  Verifier,
  StoreModule,
} from '../../src/store/index.js';
import { seeded } from '../fault/workload.js';
import { testSettings } from '../helpers/app.js';

let context: INestApplicationContext;
let read: jest.SpiedFunction<InvoiceStates['read']>;
beforeAll(async () => {
  context = await NestFactory.createApplicationContext(PartModule.of(testSettings(), StoreModule), { logger: false });
  await context.get(StoreIndexes).ensure();
  read = jest.spyOn(context.get(InvoiceStates, { strict: false }), 'read');
});
afterAll(async () => {
  await context.get<Connection>(getConnectionToken(), { strict: false }).dropDatabase();
  await context.close();
});
beforeEach(() => {
  read.mockClear();
});

describe('a small micro-batch', () => {
  it('reads nothing: a new invoice, its next lines, and one of them once more', async () => {
    const owner = new Owner(0);
    await owner.write([['700001', 'a']]);
    await owner.write([
      ['700001', 'b'],
      ['700002', 'c'],
    ]);
    expect(await owner.write([['700001', 'a']])).toEqual(['duplicate']);
    expect(await owner.write([['700001', 'd']])).toEqual(['stored']);

    expect(read).not.toHaveBeenCalled();
    expect(await eventsOf('700001')).toEqual(['a', 'b', 'd']);
  });

  it('is folded again into what the store holds when an invoice is not as its owner remembers it', async () => {
    const [first, second, third] = [new Owner(1), new Owner(2), new Owner(3)];
    await first.write([['700003', 'a']]);
    // Not remembered, and there.
    expect(await second.write([['700003', 'a']])).toEqual(['duplicate']);
    expect(await third.write([['700003', 'b']])).toEqual(['stored']);
    // Remembered, and longer since.
    expect(await first.write([['700003', 'b']])).toEqual(['duplicate']);
    expect(await second.write([['700003', 'c']])).toEqual(['stored']);

    expect(read).toHaveBeenCalledTimes(4);
    expect(await eventsOf('700003')).toEqual(['a', 'b', 'c']);
  });

  it('stores each event once, however owners take turns at the same invoices', async () => {
    const random = seeded(7);
    const owners = [4, 5, 6].map((partition) => new Owner(partition));
    const stored = new Map<string, string>();
    for (let round = 0; round < 150; round += 1) {
      const lines = Array.from({ length: 1 + Math.floor(random() * 4) }, (): [string, string] => {
        const event = `e${Math.floor(random() * 300)}`;
        return [String(710_000 + (Number(event.slice(1)) % 7)), event];
      });
      const outcomes = await owners[Math.floor(random() * owners.length)]?.write(lines);
      const expected = lines.map(([invoiceNo, event]) => {
        if (stored.has(event)) return 'duplicate';
        stored.set(event, invoiceNo);
        return 'stored';
      });
      expect(outcomes).toEqual(expected);
    }

    for (let invoiceNo = 710_000; invoiceNo < 710_007; invoiceNo += 1) {
      const events = [...stored].filter(([, its]) => its === String(invoiceNo)).map(([event]) => event);
      expect(await eventsOf(String(invoiceNo))).toEqual(events);
    }
    expect(await faults()).toEqual([]);
  });
});

/** Owns a partition that nobody else has, and writes micro-batches to it one after another. */
class Owner {
  private from: StorePosition | null = null;
  private readonly memory = new InvoiceMemory();

  constructor(private readonly partition: number) {}

  /** @param lines InvoiceNo and event id of each record. */
  async write(lines: readonly (readonly [string, string])[]) {
    const { memory, partition } = this;
    const from = this.from ?? (await context.get(Checkpoints).begin(partition, 0));
    const fromOffset = from.nextOffset;
    const records = lines.map(([invoiceNo, eventId], index): FoldRecord => {
      const item = { ...ITEM, InvoiceNo: invoiceNo };
      return { eventId, partition, offset: fromOffset + index, item };
    });
    const session = await context.get(OwnerSessions).take(partition);
    const { position, decision } = await context.get(BatchWriter).apply({
      ...{ partition, from, session, memory, fromOffset, nextOffset: fromOffset + lines.length },
      startedAtMs: performance.now(),
      invoiceNos: [...new Set(lines.map(([invoiceNo]) => invoiceNo))],
      decide: (stored) => {
        const fold = foldBatch(records, stored, { invoiceLinesMax: 1_000 });
        const duplicates = fold.duplicateOf.size;
        return { fold, deadLetters: [], records: lines.length, stored: lines.length - duplicates, duplicates };
      },
    });
    this.from = position;
    return decision.fold.outcomes;
  }
}

const ITEM = {
  StockCode: '85123A',
  Description: null,
  Quantity: 2,
  InvoiceDate: '2011-01-04T10:00:00Z',
  UnitPrice: '2.55',
  CustomerID: 17850,
  Country: 'United Kingdom',
};

async function eventsOf(invoiceNo: string): Promise<string[] | undefined> {
  const invoice = await context.get(InvoiceReader).find(invoiceNo);
  return invoice?.lines.map(({ eventId }) => eventId);
}

async function faults(): Promise<string[]> {
  const found: string[] = [];
  const figures = { invoices: 0, lines: 0, batches: 0, summaries: 0, differences: 0 };
  for await (const fault of context.get(Verifier).differences(figures)) found.push(fault);
  return found;
}
