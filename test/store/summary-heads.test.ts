import { getConnectionToken } from '@nestjs/mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Connection, Model } from 'mongoose';
import { KEPT_MS_MAX, NO_HEADS, SummaryHeads } from '../../src/store/summary-heads.js';
import type { Heads } from '../../src/store/summary-parts.js';
import type { Summary } from '../../src/store/summary.schema.js';
import { type SeededApp, startSeededApp } from '../dashboard/seeded-app.js';
import { item, records } from '../dashboard/shop.js';

describe('the heads of summaries', () => {
  let app: SeededApp;
  const offsets = { 0: 0, 1: 0 };
  beforeAll(async () => {
    app = await startSeededApp({ compactionDeltas: 0 });
  });
  afterAll(() => app.close());
  afterEach(() => {
    jest.restoreAllMocks();
  });

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
  const whole = async () => (await new SummaryHeads(model).read(NO_HEADS)).heads;

  it('are read whole at first, not at all while nothing is compacted, and then only where it was', async () => {
    for (const day of [1, 2, 3]) for (const partition of [0, 1] as const) await store(partition, day);
    const first = await after(NO_HEADS);
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
    const kept = await heads.read(NO_HEADS);
    await summaries().updateMany({ partition: 0 }, { $inc: { version: -1 } });
    const back = await after(kept);
    expect(back.asked).toEqual([{}]);
    expect(back.found.heads).toEqual(await whole());

    await summaries().deleteMany({ partition: 1 });
    const gone = await after(back.found);
    expect(gone.asked).toEqual([{}]);
    expect(gone.found.heads.map(({ partition }) => partition)).toEqual([0, 0, 0, 0, 0]);
  });

  it('are read whole once more when what was read in parts goes back for more than a minute', async () => {
    for (const partition of [0, 1] as const) await store(partition, 20);
    const first = await after(NO_HEADS);
    await store(0, 20);
    const continued = await after(first.found);
    expect(continued.asked).toHaveLength(1);
    expect(continued.asked).not.toContainEqual({});
    // Whoever else reads all of them, or in a transaction, makes these no younger.
    await heads.read(NO_HEADS);

    const later = performance.now() + KEPT_MS_MAX;
    jest.spyOn(performance, 'now').mockImplementation(() => later);
    expect((await after(first.found)).asked).toEqual([{}]);
    const whole = await after(continued.found);
    expect(whole.asked).toEqual([{}]);
    expect(whole.found).toMatchObject({ heads: continued.found.heads, isContinued: false });
    jest.spyOn(performance, 'now').mockImplementation(() => later + 2 * KEPT_MS_MAX);
    expect(await after(whole.found)).toEqual({ found: whole.found, asked: [] });
  });
});
