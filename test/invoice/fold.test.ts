import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  foldBatch,
  type FoldRecord,
  type Item,
  mergeDelta,
  parseMoney,
  recallBatch,
  type SummaryDelta,
} from '../../src/invoice/index.js';
import { canonicalItem } from './arbitraries.js';
import { referenceOf, referenceSummary } from './reference.js';
import { FakeStore } from './fake-store.js';

const LIMITS = { invoiceLinesMax: 10_000 };
const ITEM: Item = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: 6,
  InvoiceDate: '2010-12-01T08:26:00Z',
  UnitPrice: '2.55',
  CustomerID: 17850,
  Country: 'United Kingdom',
};
const record = (offset: number, eventId: string, item: Partial<Item> = {}): FoldRecord => ({
  eventId,
  partition: 0,
  offset,
  item: { ...ITEM, ...item },
});

const named = ({ item, ...rest }: FoldRecord) => ({ ...rest, invoiceNo: item.InvoiceNo });

/** Partition logs: an invoice lives in one partition, event ids repeat within an invoice and between invoices. */
const PARTITIONS = 3;
const logs = fc.array(fc.tuple(canonicalItem, fc.nat(30)), { maxLength: 60 }).map((events) => {
  const all: FoldRecord[][] = Array.from({ length: PARTITIONS }, () => []);
  for (const [item, id] of events) {
    const partition = Number(item.InvoiceNo.replace(/\D/, '')) % PARTITIONS;
    const log = all[partition] ?? [];
    // Offsets have gaps, as transaction markers leave them.
    log.push({ eventId: `e${id}`, partition, offset: log.length * 2 + 5, item });
  }
  return all;
});
/** One delivery: which partition, how many records back it starts from what is stored, and how many it brings. */
const deliveries = fc.array(fc.record({ partition: fc.nat(PARTITIONS - 1), back: fc.nat(6), size: fc.nat(12) }));

describe('folding a micro-batch', () => {
  it('makes one invoice of its lines, with the header of the first', () => {
    const lines = [
      record(0, 'a'),
      record(1, 'b', { Quantity: -1, CustomerID: 1, Country: 'France', UnitPrice: '0.001' }),
    ];
    const { invoices, outcomes } = foldBatch(lines, new Map(), LIMITS);
    expect(outcomes).toEqual(['stored', 'stored']);
    expect(invoices).toHaveLength(1);
    expect(invoices[0]).toMatchObject({
      header: { invoiceNo: '536365', kind: 'sale', customerId: 17850, country: 'United Kingdom' },
      isNew: true,
      lineCount: 2,
      units: 5,
      total: parseMoney('15.299'),
    });
    expect(invoices[0]?.added.map(({ eventId, offset }) => [eventId, offset])).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
  });

  it('counts an invoice once, on its header, and each line on its own day, country and customer', () => {
    const later = { InvoiceDate: '2010-12-02T00:00:00Z', Country: 'France', CustomerID: null };
    const { delta } = foldBatch([record(0, 'a'), record(1, 'b', later)], new Map(), LIMITS);
    expect([...delta.keys()]).toEqual(['2010-12-01', '2010-12-02']);
    expect(delta.get('2010-12-01')).toMatchObject({ invoices: 1, lines: 1, units: 6, revenue: 153_000n });
    expect(delta.get('2010-12-02')).toMatchObject({ invoices: 0, lines: 1 });
    expect(delta.get('2010-12-02')?.customers.size).toBe(0);
    expect(delta.get('2010-12-02')?.countries.get('France')).toMatchObject({ invoices: 0, lines: 1 });
    expect(delta.get('2010-12-01')?.customers.get('17850')).toMatchObject({ invoices: 1 });
    expect(delta.get('2010-12-01')?.products.get('85123A')).toMatchObject({ invoices: 0, lines: 1 });
  });

  it('points a duplicate to its original, in the batch and in the store', () => {
    const store = new FakeStore(LIMITS);
    store.apply([record(3, 'a')]);
    const { outcomes, duplicateOf, invoices } = foldBatch(
      [record(4, 'a'), record(5, 'b'), record(6, 'b'), record(7, 'a', { InvoiceNo: '2' })],
      store.invoices,
      LIMITS,
    );
    expect(outcomes).toEqual(['duplicate', 'stored', 'duplicate', 'stored']);
    expect([...duplicateOf]).toEqual([
      [0, '0:3'],
      [2, '0:5'],
    ]);
    expect(invoices.map(({ header, isNew }) => [header.invoiceNo, isNew])).toEqual([
      ['536365', false],
      ['2', true],
    ]);
  });

  it('leaves out an invoice that got nothing but duplicates', () => {
    const store = new FakeStore(LIMITS);
    store.apply([record(0, 'a')]);
    expect(foldBatch([record(1, 'a')], store.invoices, LIMITS)).toMatchObject({ invoices: [], delta: new Map() });
  });

  it('leaves out what would make an invoice too large, but still knows its duplicates', () => {
    const store = new FakeStore({ invoiceLinesMax: 2 });
    store.apply([record(0, 'a')]);
    const batch = [record(1, 'b'), record(2, 'c'), record(3, 'a'), record(4, 'c'), record(5, 'c', { InvoiceNo: '2' })];
    const { outcomes, invoices } = foldBatch(batch, store.invoices, { invoiceLinesMax: 2 });
    expect(outcomes).toEqual(['stored', 'invoice-too-large', 'duplicate', 'invoice-too-large', 'stored']);
    expect(invoices.map(({ lineCount }) => lineCount)).toEqual([2, 1]);
  });

  it('changes neither the records nor what is stored', () => {
    fc.assert(
      fc.property(logs, ([log = []]) => {
        const store = new FakeStore(LIMITS);
        store.apply(log.slice(0, 10));
        const before = structuredClone([log, store.invoices]);
        foldBatch(log.slice(5), store.invoices, LIMITS);
        expect([log, store.invoices]).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });
});

describe('folding a log in any micro-batches, with repeats and re-deliveries', () => {
  it.each([10_000, 4])('gives what one pass over the log gives (at most %d lines an invoice)', (invoiceLinesMax) => {
    fc.assert(
      fc.property(logs, deliveries, (all, plan) => {
        const store = new FakeStore({ invoiceLinesMax });
        store.deliver(all, plan);
        const reference = referenceOf(all.flat(), invoiceLinesMax);
        expect(store.plain()).toEqual(reference.invoices);
        for (const [partition, log] of all.entries()) {
          const summary = referenceSummary(referenceOf(log, invoiceLinesMax));
          expect(store.summaries.get(partition) ?? new Map()).toEqual(summary);
        }
        const outcomes = all.flat().map((each) => store.outcomes.get(`${each.partition}:${each.offset}`));
        expect(outcomes).toEqual(reference.outcomes);
      }),
      { numRuns: 300 },
    );
  });

  it('adds up to the same summaries however the partitions are merged', () => {
    fc.assert(
      fc.property(logs, deliveries, (all, plan) => {
        const store = new FakeStore(LIMITS);
        store.deliver(all, plan);
        const merged: SummaryDelta = new Map();
        for (const partition of all.keys()) mergeDelta(merged, store.summaries.get(partition) ?? new Map());
        expect(merged).toEqual(referenceSummary(referenceOf(all.flat(), LIMITS.invoiceLinesMax)));
      }),
      { numRuns: 100 },
    );
  });

  it('is recalled from the finished store as it was decided', () => {
    fc.assert(
      fc.property(logs, deliveries, fc.constantFrom(10_000, 4), (all, plan, invoiceLinesMax) => {
        const store = new FakeStore({ invoiceLinesMax });
        store.deliver(all, plan);
        for (const { records, result } of store.batches) {
          const before = structuredClone([records, store.lines]);
          const recalled = recallBatch(records.map(named), store.lines);
          expect([records, store.lines]).toEqual(before);
          const decided = result.outcomes.map((outcome) => (outcome === 'invoice-too-large' ? 'unknown' : outcome));
          expect(recalled.outcomes).toEqual(decided);
          expect(recalled.invoices).toEqual(result.invoices.map(({ header, added }) => ({ header, added })));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('does not recall what the store never had', () => {
    expect(recallBatch([named(record(0, 'a'))], new Map())).toEqual({ invoices: [], outcomes: ['unknown'] });
  });
});
