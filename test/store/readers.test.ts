import { getConnectionToken } from '@nestjs/mongoose';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Connection } from 'mongoose';
import { formatMoney, type Item } from '../../src/invoice/index.js';
import {
  CustomerReader,
  type InvoicePlace,
  type InvoiceSums,
  SummaryReader,
  ProductReader,
} from '../../src/store/index.js';
import { type SeededApp, startSeededApp } from '../dashboard/seeded-app.js';
import { item, records, seeded, shopInvoices } from '../dashboard/shop.js';

/** Cents-exact sums by another way than the source's: whole ten-thousandths in plain numbers. */
const worth = (line: Item): number => Math.round(line.Quantity * Number(line.UnitPrice) * 10_000);
const money = (tenThousandths: number): string => formatMoney(BigInt(tenThousandths));

describe('the summaries of any range of days', () => {
  const invoices = shopInvoices(11, 400);
  const partitions = 3;
  let app: SeededApp;
  let summaries: SummaryReader;

  beforeAll(async () => {
    app = await startSeededApp({ compactionDeltas: 3 });
    summaries = app.app.get(SummaryReader, { strict: false });
    for (let partition = 0; partition < partitions; partition++) {
      const lines = invoices.filter((_, index) => index % partitions === partition).flat();
      // Seven batches: some compacted, and one or more that still wait as deltas.
      const size = Math.ceil(lines.length / 7);
      for (let from = 0; from < lines.length; from += size) {
        await app.apply(partition, records(partition, from, lines.slice(from, from + size)));
      }
    }
  });
  afterAll(() => app.close());

  it('are whole although their reading has to make room for others while it is asked for again', async () => {
    const range = { from: null, to: null };
    const whole = await summaries.read(range);
    const inner = summaries as unknown as {
      heads: { versions(): Promise<string> };
      deltas: { positions(): Promise<{ mark: string }> };
      readings: { keep(key: string, reading: unknown): void };
    };
    const versionsOf = inner.heads.versions.bind(inner.heads);
    const positionsOf = inner.deltas.positions.bind(inner.deltas);
    // As if something had been stored since, so that it is read anew.
    jest.spyOn(inner.deltas, 'positions').mockImplementation(async () => ({ ...(await positionsOf()), mark: 'moved' }));
    let asked = 0;
    jest.spyOn(inner.heads, 'versions').mockImplementation(() => {
      // After everything was read, for whether a compaction came in between.
      if (++asked === 1) for (let other = 0; other < 20; other++) inner.readings.keep(`other ${other}`, whole);
      return versionsOf();
    });
    try {
      expect(await summaries.read(range)).toEqual(whole);
      expect(asked).toBe(1);
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('ask for the checkpoints alone while nothing is stored', async () => {
    const connection = app.app.get<Connection>(getConnectionToken());
    const range = { from: '2010-12-03', to: null };
    const before = await summaries.read(range);
    const series = await summaries.series('countries', 'United Kingdom');
    const [all, deltas, checkpoints] = ['summaries', 'summaryDeltas', 'checkpoints'].map((name) =>
      jest.spyOn(connection.collection(name), 'find'),
    );
    try {
      expect(await summaries.read(range)).toEqual(before);
      expect(await summaries.series('countries', 'United Kingdom')).toEqual(series);
      expect([all, deltas, checkpoints].map((find) => find?.mock.calls.length)).toEqual([0, 0, 2]);
    } finally {
      jest.restoreAllMocks();
    }
  });

  const naive = (from: string | null, to: string | null) => {
    const isIn = (date: string) =>
      (from === null || date.slice(0, 10) >= from) && (to === null || date.slice(0, 10) <= to);
    const lines = invoices.flat().filter((line) => isIn(line.InvoiceDate));
    const by = (key: (line: Item) => string | null) => {
      const sums = new Map<string, number>();
      for (const line of lines) {
        const of = key(line);
        if (of !== null) sums.set(of, (sums.get(of) ?? 0) + worth(line));
      }
      return Object.fromEntries([...sums].sort().map(([of, sum]) => [`${of} `, money(sum)]));
    };
    return {
      revenue: money(lines.reduce((sum, line) => sum + worth(line), 0)),
      lines: lines.length,
      invoices: new Set(lines.map((line) => line.InvoiceNo)).size,
      units: lines.reduce((sum, line) => sum + line.Quantity, 0),
      days: by((line) => line.InvoiceDate.slice(0, 10)),
      countries: by((line) => line.Country),
      products: by((line) => line.StockCode),
      customers: by((line) => (line.CustomerID === null ? null : String(line.CustomerID))),
    };
  };

  const read = async (from: string | null, to: string | null) => {
    const { days, sum } = await summaries.read({ from, to });
    const by = (tallies: Iterable<[string, { revenue: bigint }]>) =>
      Object.fromEntries(
        [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([of, { revenue }]) => [`${of} `, formatMoney(revenue)]),
      );
    return {
      revenue: formatMoney(sum.revenue),
      lines: sum.lines,
      invoices: sum.invoices,
      units: sum.units,
      days: by(days.map((day) => [day.day, day])),
      countries: by(sum.countries),
      products: by(sum.products),
      customers: by(sum.customers),
    };
  };

  it('agree with adding up every line, for bounded, half-open and unbounded ranges', async () => {
    const random = seeded(5);
    const day = () =>
      new Date(Date.UTC(2010, 10, 20) + Math.floor(random() * 400) * 86_400_000).toISOString().slice(0, 10);
    const ranges: [string | null, string | null][] = [
      [null, null],
      ['2010-12-01', '2010-12-31'],
      ['2011-01-15', '2011-01-15'],
      ['0001-01-01', '9999-12-31'],
    ];
    for (let n = 0; n < 12; n++) {
      const [a = '', b = ''] = [day(), day()].sort();
      ranges.push([a, b], [a, null], [null, b]);
    }
    for (const [from, to] of ranges)
      expect({ from, to, ...(await read(from, to)) }).toEqual({ from, to, ...naive(from, to) });
  });

  it('are the same when they are read again from what was kept decoded', async () => {
    expect(await read('2010-12-05', '2011-06-20')).toEqual(await read('2010-12-05', '2011-06-20'));
  });
});

describe('a reading while micro-batches are stored and compacted', () => {
  // After each, so that no reading finds a moment without one; now and then; hardly ever. With a piece for each cell.
  it.each([
    [0, 1_000_000],
    [2, 1_000_000],
    [15, 1_000_000],
    [2, 200],
  ])('counts every stored line once, with %i deltas left waiting and pieces of %i bytes', async (...limits) => {
    const [compactionDeltas, summaryBytesMax] = limits;
    const app = await startSeededApp({ compactionDeltas, summaryBytesMax });
    const summaries = app.app.get(SummaryReader, { strict: false });
    const batches = 40;
    const batchLines = 5;
    let begun = 0;
    let stored = 0;
    const write = async () => {
      for (let batch = 0; batch < batches; batch++) {
        const lines = Array.from({ length: batchLines }, (_, line) =>
          item({ InvoiceNo: String(1_000 + batch), StockCode: `P${line}`, Quantity: 1, UnitPrice: '1.25' }),
        );
        begun += batchLines;
        await app.apply(0, records(0, batch * batchLines, lines));
        stored += batchLines;
      }
    };
    let readings = 0;
    const readAll = async () => {
      while (stored < batches * batchLines) {
        const least = stored;
        const { days, sum } = await summaries.read({ from: null, to: null });
        readings++;
        expect(sum.lines).toBeGreaterThanOrEqual(least);
        expect(sum.lines).toBeLessThanOrEqual(begun);
        expect(sum.lines % batchLines).toBe(0);
        expect(sum.revenue).toBe(BigInt(sum.lines) * 12_500n);
        expect(days.reduce((lines, day) => lines + day.lines, 0)).toBe(sum.lines);
      }
    };
    try {
      await Promise.all([write(), readAll(), readAll()]);
      expect(readings).toBeGreaterThan(10);
    } finally {
      await app.close();
    }
  });
});

describe('deltas that wait', () => {
  it('count once in a checkpoint, in a document and when they are compacted, as large and small batches alternate', async () => {
    const app = await startSeededApp({ compactionDeltas: 6 });
    const database = app.app.get<Connection>(getConnectionToken(), { strict: false });
    const waiting = (collection: string, where: object) => database.collection(collection).countDocuments(where);
    const seen = { together: 0, compacted: 0 };
    let lines = 0;
    try {
      for (let batch = 0; batch < 20; batch++) {
        const size = batch % 3 === 1 ? 400 : 2;
        const items = Array.from({ length: size }, (_, line) =>
          item({ InvoiceNo: String(2_000 + batch), StockCode: `${batch}P${line}`, Quantity: 1, UnitPrice: '1.25' }),
        );
        await app.apply(0, records(0, lines, items));
        lines += size;
        const { sum } = await app.app.get(SummaryReader, { strict: false }).read({ from: null, to: null });
        expect([sum.lines, sum.revenue, sum.products.size]).toEqual([lines, BigInt(lines) * 12_500n, lines]);
        const [small, large] = [
          await waiting('checkpoints', { delta: { $type: 'string' } }),
          await waiting('summaryDeltas', {}),
        ];
        if (small > 0 && large > 0) seen.together++;
        if (small + large === 0) seen.compacted++;
      }
    } finally {
      await app.close();
    }
    expect(seen.together).toBeGreaterThan(2);
    expect(seen.compacted).toBe(2);
  });
});

describe('the invoices of a customer', () => {
  let app: SeededApp;
  let customers: CustomerReader;
  beforeAll(async () => {
    app = await startSeededApp();
    customers = app.app.get(CustomerReader, { strict: false });
  });
  afterAll(() => app.close());

  const all = async (customerId: number, limit: number): Promise<InvoiceSums[]> => {
    const found: InvoiceSums[] = [];
    let after: InvoicePlace | null = null;
    do {
      const page: { invoices: InvoiceSums[]; next: InvoicePlace | null } = await customers.invoicesOf(
        customerId,
        after,
        limit,
      );
      found.push(...page.invoices);
      after = page.next;
    } while (after !== null);
    return found;
  };

  it('come newest first, each once, whatever the page size, with many at the same second', async () => {
    const lines = Array.from({ length: 120 }, (_, n) =>
      item({
        InvoiceNo: `${n % 7 === 0 ? 'C' : ''}${700_000 + ((n * 37) % 120)}`,
        InvoiceDate: `2011-0${1 + (n % 3)}-01T0${n % 2}:00:00Z`,
      }),
    );
    await app.apply(
      0,
      records(0, 0, [...lines, item({ InvoiceNo: '1', CustomerID: 2, InvoiceDate: '2011-09-01T00:00:00Z' })]),
    );
    const expected = lines
      .map((line) => `${line.InvoiceDate} ${line.InvoiceNo}`)
      .sort()
      .reverse();
    for (const limit of [1, 7, 40, 60, 119, 120, 200]) {
      const found = await all(17850, limit);
      expect(found.map((invoice) => `${invoice.invoiceDate} ${invoice.invoiceNo}`)).toEqual(expected);
    }
  });

  it('are shown with the same totals, whether all of them fit on the page or the store adds them up', async () => {
    const totals = await customers.totals(17850);
    expect(totals).toMatchObject({ invoices: 120, lines: 120, cancellations: 18, country: 'United Kingdom' });
    for (const limit of [119, 120]) {
      for (const about of [0, 120, 10_000]) {
        const page = await customers.page(17850, { after: null, limit, about });
        expect(page).toEqual({ totals, ...(await customers.invoicesOf(17850, null, limit)) });
      }
    }
    for (const about of [0, 100]) expect(await customers.page(404, { after: null, limit: 50, about })).toBeNull();
  });

  it('are neither missed nor doubled when newer ones are stored between two pages', async () => {
    const first = await customers.invoicesOf(17850, null, 50);
    await app.apply(0, records(0, 500, [item({ InvoiceNo: '800000', InvoiceDate: '2012-01-01T00:00:00Z' })]));
    const second = await customers.invoicesOf(17850, first.next, 200);
    const numbers = [...first.invoices, ...second.invoices].map((invoice) => invoice.invoiceNo);
    expect(new Set(numbers).size).toBe(120);
    expect(numbers).not.toContain('800000');
  });
});

describe('with 10,000 invoices of one customer', () => {
  it('looks at a tenth of them at most for the newest page and for one from the middle, and at none for the sums', async () => {
    const app = await startSeededApp();
    const customers = app.app.get(CustomerReader, { strict: false });
    const summaries = app.app.get(SummaryReader, { strict: false });
    const invoices = 10_000;
    const lines = Array.from({ length: invoices }, (_, n) => {
      const date = new Date(Date.UTC(2010, 11, 1) + n * 50 * 60_000).toISOString();
      return item({ InvoiceNo: String(100_000 + n), InvoiceDate: `${date.slice(0, 19)}Z` });
    });
    const stored = app.app.get<Connection>(getConnectionToken()).collection('invoices');
    const middle = { invoiceDate: '2011-06-15T12:00:00Z', invoiceNo: '105000' };
    try {
      for (let from = 0; from < invoices; from += 1_000) {
        await app.apply(0, records(0, from, lines.slice(from, from + 1_000)));
      }
      const [find, aggregate] = [jest.spyOn(stored, 'find'), jest.spyOn(stored, 'aggregate')];
      for (const after of [null, middle]) {
        find.mockClear();
        expect((await customers.invoicesOf(17850, after, 50)).invoices).toHaveLength(50);
        // The local store looks at all that match, whatever the limit.
        const counts = find.mock.calls.map(([filter]) => stored.countDocuments(filter as object));
        const looks = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
        expect(looks).toBeGreaterThan(50);
        expect(looks).toBeLessThan(invoices / 10);
      }
      find.mockClear();
      expect((await summaries.read({ from: null, to: null })).sum.invoices).toBe(invoices);
      expect([...find.mock.calls, ...aggregate.mock.calls]).toEqual([]);
      const page = await customers.invoicesOf(17850, null, 50);
      expect(page.invoices.map((invoice) => invoice.invoiceNo)).toEqual(
        Array.from({ length: 50 }, (_, n) => String(100_000 + invoices - 1 - n)),
      );
    } finally {
      await app.close();
    }
  });
});

describe('the invoices of a day that hold a product', () => {
  it('are read once for all products while nothing is stored, and anew when something is', async () => {
    const app = await startSeededApp();
    try {
      const products = app.app.get(ProductReader, { strict: false });
      const lines = Array.from({ length: 90 }, (_, n) =>
        item({
          ...{ InvoiceNo: String(700 + (n % 30)), StockCode: `P${n % 7}`, Quantity: 1 + (n % 3), UnitPrice: '1.25' },
          InvoiceDate: n % 30 < 25 ? `2010-12-01T08:${10 + (n % 30)}:00Z` : '2010-12-02T00:00:00Z',
        }),
      );
      await app.apply(0, records(0, 0, lines));
      const naive = (day: string, code: string) => {
        const units = new Map<string, number>();
        for (const { InvoiceNo, InvoiceDate, StockCode, Quantity } of lines) {
          if (InvoiceDate.startsWith(day) && StockCode === code) {
            units.set(InvoiceNo, (units.get(InvoiceNo) ?? 0) + Quantity);
          }
        }
        return Object.fromEntries(units);
      };
      const found = async (day: string, code: string) => {
        const invoices = await products.invoicesOn(day, code);
        const places = invoices.map(({ invoiceDate, invoiceNo }) => `${invoiceDate} ${invoiceNo}`);
        expect([...places].sort().reverse()).toEqual(places);
        for (const { productUnits, productAmount } of invoices)
          expect(productAmount).toBe(BigInt(productUnits) * 12_500n);
        return Object.fromEntries(invoices.map(({ invoiceNo, productUnits }) => [invoiceNo, productUnits]));
      };
      const find = jest.spyOn(app.app.get<Connection>(getConnectionToken()).collection('invoices'), 'find');
      // The first time with the product in the question, the second time all of the day, then none.
      for (const looks of [1, 1, 0]) {
        find.mockClear();
        expect(await found('2010-12-01', 'P1')).toEqual(naive('2010-12-01', 'P1'));
        expect(find).toHaveBeenCalledTimes(looks);
      }
      find.mockClear();
      for (const code of ['P0', 'P2', 'P6', 'none']) {
        expect(await found('2010-12-01', code)).toEqual(naive('2010-12-01', code));
      }
      expect(find).not.toHaveBeenCalled();
      expect(await found('2010-12-02', 'P5')).toEqual(naive('2010-12-02', 'P5'));

      const late = item({ InvoiceNo: '800', StockCode: 'P1', Quantity: 9, UnitPrice: '1.25' });
      await app.apply(0, records(0, 90, [late]));
      lines.push(late);
      for (let time = 0; time < 3; time++) expect(await found('2010-12-01', 'P1')).toEqual(naive('2010-12-01', 'P1'));
    } finally {
      jest.restoreAllMocks();
      await app.close();
    }
  });
});
