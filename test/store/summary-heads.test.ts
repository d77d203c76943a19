import { getConnectionToken } from '@nestjs/mongoose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection, Model } from 'mongoose';
import { SummaryHeads } from '../../src/store/summary-heads.js';
import type { Heads } from '../../src/store/summary-parts.js';
import type { Summary } from '../../src/store/summary.schema.js';
import { type SeededApp, startSeededApp } from '../dashboard/seeded-app.js';
import { item, records } from '../dashboard/shop.js';

const NONE: Heads = { versions: '', heads: [] };

describe('the heads of summaries', () => {
  let app: SeededApp;
  const offsets = { 0: 0, 1: 0 };
  beforeAll(async () => {
    app = await startSeededApp({ compactionDeltas: 0 });
  });
  afterAll(() => app.close());

  const summaries = () => app.app.get<Connection>(getConnectionToken(), { strict: false }).collection('summaries');
  /** One of the test's own, since the application reads as well. */
  let asked: object[] = [];
  const find = (filter: object, options: object) => {
    asked.push(filter);
    return summaries().find(filter, options);
  };
  const model = { collection: { find } } as unknown as Model<Summary>;
  const heads = new SummaryHeads(model);

  /** One micro-batch, which compacts: a line on the day. */
  const store = async (partition: 0 | 1, day: number) => {
    const offset = offsets[partition]++;
    const date = `2010-12-${String(day).padStart(2, '0')}T08:26:00Z`;
    await app.apply(
      partition,
      records(partition, offset, [item({ InvoiceNo: `${partition}${offset}`, InvoiceDate: date })]),
    );
  };

  /** What is read after `kept`, and what the store was asked for beside the places of the partitions. */
  const after = async (kept: Heads) => {
    asked = [];
    const found = await heads.read(kept);
    return { found, asked: asked.filter((filter) => !('period' in filter)) };
  };
  const whole = async () => (await new SummaryHeads(model).read(NONE)).heads;

  it('are read whole at first, not at all while nothing is compacted, and then only where it was', async () => {
    for (const day of [1, 2, 3]) for (const partition of [0, 1] as const) await store(partition, day);
    const first = await after(NONE);
    expect(first.asked).toEqual([{}]);
    expect(first.found.heads.map(({ _id }) => _id)).toEqual(
      ['2010-12', '2010-12-01', '2010-12-02', '2010-12-03', 'all'].flatMap((period) => [`${period}/0`, `${period}/1`]),
    );

    const second = await after(first.found);
    expect(second).toEqual({ found: first.found, asked: [] });

    await store(1, 2);
    await store(1, 9);
    const third = await after(first.found);
    expect(third.asked).toEqual([{ partition: 1, version: { $gt: 3 } }]);
    expect(third.found.heads).toEqual(await whole());
    expect(third.found.versions).toBe(await heads.versions());
    expect(first.found.heads).toHaveLength(10);
  });

  it('are read whole where versions went back, as a restored store has them, or a partition is gone', async () => {
    const kept = await heads.read(NONE);
    await summaries().updateMany({ partition: 0 }, { $inc: { version: -1 } });
    const back = await after(kept);
    expect(back.asked).toEqual([{}]);
    expect(back.found.heads).toEqual(await whole());

    await summaries().deleteMany({ partition: 1 });
    const gone = await after(back.found);
    expect(gone.asked).toEqual([{}]);
    expect(gone.found.heads.map(({ partition }) => partition)).toEqual([0, 0, 0, 0, 0]);
  });
});
