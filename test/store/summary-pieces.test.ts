import { getConnectionToken } from '@nestjs/mongoose';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Connection } from 'mongoose';
import { emptyPeriod, foldBatch, mergePeriod } from '../../src/invoice/index.js';
import { SummaryReader, Verifier } from '../../src/store/index.js';
import { PostponedCompactions } from '../../src/store/postponed-compactions.js';
import { type SeededApp, startSeededApp } from '../dashboard/seeded-app.js';
import { item, records } from '../dashboard/shop.js';

interface Piece {
  _id: string;
  version: number;
  breakdown: string;
}

describe('a breakdown that is too large for one document', () => {
  let app: SeededApp;
  let lines = 0;
  const expected = emptyPeriod();
  beforeAll(async () => {
    app = await startSeededApp({ compactionDeltas: 0 });
  });
  afterAll(() => app.close());

  const collection = (name: string) =>
    app.app.get<Connection>(getConnectionToken(), { strict: false }).collection<{ _id: string } & object>(name);
  const pieces = () => collection('summaryPieces').find<Piece>({}).toArray();
  const splitFrom = (bytes: number) => Object.assign(app.settings.processing, { summaryBytesMax: bytes });
  const read = async () => (await app.app.get(SummaryReader, { strict: false }).read({ from: null, to: null })).sum;

  /** One micro-batch, which compacts: lines of as many customers and products, half of them new. */
  const store = async (count: number) => {
    const items = Array.from({ length: count }, (_, index) => {
      const number = Math.floor(lines / 2) + index;
      return item({
        InvoiceNo: `${lines}`,
        StockCode: `£${number}`,
        Description: `漢 ${number}`,
        CustomerID: 1 + number,
      });
    });
    const batch = records(0, lines, items);
    await app.apply(0, batch);
    lines += count;
    for (const period of foldBatch(batch, new Map(), app.settings.processing).delta.values())
      mergePeriod(expected, period);
  };

  /** Micro-batches of each partition that wait to be compacted. */
  const waiting = async () => {
    const checkpoints = await collection('checkpoints').find<{ deltaCount: number }>({}).toArray();
    return checkpoints.map(({ deltaCount }) => deltaCount);
  };

  const faults = async () => {
    const figures = { invoices: 0, lines: 0, batches: 0, summaries: 0, differences: 0 };
    const found: string[] = [];
    for await (const fault of app.app.get(Verifier, { strict: false }).differences(figures)) found.push(fault);
    return found;
  };

  it('goes on in pieces from what an earlier version has written in one', async () => {
    await store(200);
    await collection('summaries').updateMany({}, { $unset: { pieces: '' } });
    expect(await pieces()).toEqual([]);
    expect(await read()).toEqual(expected);
    expect(await faults()).toEqual([]);

    splitFrom(4_000);
    await store(200);

    const written = await pieces();
    expect(written.length).toBeGreaterThan(12);
    for (const { breakdown } of written) {
      expect(Buffer.byteLength(breakdown)).toBeLessThanOrEqual(4_000);
      expect(() => JSON.parse(breakdown) as unknown).not.toThrow();
    }
    expect(await collection('summaries').findOne({ breakdown: { $ne: null } })).toBeNull();
    expect(await read()).toEqual(expected);
    const summaries = app.app.get(SummaryReader, { strict: false });
    for (const [customer, tally] of expected.customers) {
      const sums = { period: '2010-12', description: null, ...tally };
      expect(await summaries.series('customers', customer)).toEqual([sums]);
    }
    for (const [product, tally] of expected.products) {
      expect(await summaries.series('products', product, '2010-12')).toEqual([{ period: '2010-12-01', ...tally }]);
    }
    expect(await faults()).toEqual([]);
  });

  it('is missed by verify, readers and the next compaction when a piece of it is gone, and none sums without it', async () => {
    await store(100);
    const all = collection('summaryPieces');
    const piece = await all.findOneAndDelete({ _id: 'all/0/2' });
    expect(piece).not.toBeNull();
    expect(await faults()).toContainEqual(expect.stringMatching(/^summary all\/0: piece 2 of \d+ is missing$/));
    const message = /^the store: piece 2 of \d+ of summary all\/0 is missing$/;
    await expect(read()).rejects.toThrow(message);
    await expect(store(50)).rejects.toThrow(/^compacting is left for later: the store: piece 2 of \d+ of summary all/);

    // The lines come into the store all the same, and what they add to the summaries waits.
    await store(50);
    expect(await waiting()).toEqual([1]);
    await expect(store(20)).rejects.toThrow(/^compacting is left for later/);
    await store(20);
    await store(20);
    expect(await waiting()).toEqual([3]);

    if (piece !== null) await all.insertOne(piece);
    expect([await read(), await faults()]).toEqual([expected, []]);
    await store(10);
    expect(await waiting()).toEqual([0]);
    expect([await read(), await faults()]).toEqual([expected, []]);
  });

  it.each<[string, object, RegExp]>([
    ['is of another compaction', { version: 1 }, /^summary all\/0: piece 3 of \d+ is of version 1, not \d+$/],
    ['cannot be read', { breakdown: '[' }, /^summary all\/0: piece 3 of \d+ cannot be read$/],
    ['lacks a customer', { breakdown: '[["all",["0",0,0,0],[],[],[],0]]' }, /^summary all: \w+ \S+: revenue is/],
    ['belongs to nothing', { summary: 'all/7' }, /^summary piece all\/0\/3: belongs to no summary$/],
  ])('is told from what verify finds when a piece of it %s', async (_, change, message) => {
    const all = collection('summaryPieces');
    const before = await all.findOneAndUpdate({ _id: 'all/0/3' }, { $set: change });
    expect(await faults()).toContainEqual(expect.stringMatching(message));
    if (before !== null) await all.replaceOne({ _id: before._id }, before);
    expect(await faults()).toEqual([]);
  });

  it('leaves no piece behind when it needs fewer of them, or none', async () => {
    const many = (await pieces()).length;
    splitFrom(12_000);
    await store(10);
    const fewer = (await pieces()).length;
    expect(fewer).toBeGreaterThan(3);
    expect(fewer).toBeLessThan(many);
    expect([await read(), await faults()]).toEqual([expected, []]);

    splitFrom(1_000_000);
    await store(10);
    expect(await pieces()).toEqual([]);
    expect([await read(), await faults()]).toEqual([expected, []]);
  });

  it('that waited long is made up for in compactions of the usual size', async () => {
    Object.assign(app.settings.processing, { compactionCells: 400 });
    const postponed = jest.spyOn(app.app.get(PostponedCompactions, { strict: false }), 'has').mockReturnValue(true);
    for (let batch = 0; batch < 5; batch++) await store(300);
    postponed.mockRestore();
    expect(await waiting()).toEqual([5]);

    const left: unknown[] = [];
    for (let batch = 0; batch < 4; batch++) {
      await store(10);
      left.push(...(await waiting()), await collection('summaryDeltas').countDocuments());
      expect([await read(), await faults()]).toEqual([expected, []]);
    }
    expect(left).toEqual([4, 4, 3, 3, 2, 2, 0, 0]);
  });
});
