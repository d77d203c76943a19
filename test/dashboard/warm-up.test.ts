import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { Templates } from '../../src/dashboard/pages/templates.js';
import type { Views } from '../../src/dashboard/pages/views.js';
import { WarmUp } from '../../src/dashboard/warm-up.js';
import { type DayRange, SummaryReader } from '../../src/store/index.js';
import { SummaryDocuments } from '../../src/store/summary-documents.js';
import { until } from '../helpers/oracle-sinks.js';
import { startSeededApp } from './seeded-app.js';
import { item, records } from './shop.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it('every template is compiled before anybody asks for a page', async () => {
  const compile = jest.spyOn(Templates.prototype, 'compile');
  const { close } = await startSeededApp();
  const files = readdirSync('views', { recursive: true }).map(String);
  const templates = files.filter((file) => file.endsWith('.hbs')).map((file) => file.slice(0, -'.hbs'.length));
  const compiled = () => compile.mock.calls.map(([name]) => name);
  await until(
    () => Promise.resolve(compiled().length >= templates.length),
    10_000,
    () => `${compiled().length} of ${templates.length} are compiled`,
  );
  await close();
  expect(compiled().sort()).toEqual(templates.sort());
});

it('the sums of the overview and those of the months are read before anybody asks for them', async () => {
  const read = jest.spyOn(SummaryReader.prototype, 'read');
  const series = jest.spyOn(SummaryReader.prototype, 'series');
  const { close } = await startSeededApp();
  await until(
    () => Promise.resolve(series.mock.calls.length > 0),
    10_000,
    () => 'the months are not read',
  );
  await close();
  expect(read).toHaveBeenCalledWith({ from: null, to: null });
  expect(series).toHaveBeenCalledWith('customers', '');
});

it('once no more lines come, what they have changed is read before anybody asks for it', async () => {
  const series = jest.spyOn(SummaryReader.prototype, 'series');
  const app = await startSeededApp({ compactionDeltas: 0 });
  try {
    const times = async (count: number) =>
      until(
        () => Promise.resolve(series.mock.calls.length >= count),
        30_000,
        () => `the months were read ${series.mock.calls.length} times`,
      );
    await times(1);
    await app.apply(0, records(0, 0, [item({})]));
    await times(3);
    await Promise.all(series.mock.results.map(({ value }) => value as Promise<unknown>));

    const documents = app.app.get(SummaryDocuments, { strict: false });
    const read = jest.spyOn(documents, 'readTexts');
    const summaries = app.app.get(SummaryReader, { strict: false });
    const { sum } = await summaries.read({ from: null, to: null });
    expect(sum.lines).toBe(1);
    expect(await summaries.series('customers', '17850')).toHaveLength(1);
    expect(await summaries.series('products', '85123A', '2010-12')).toHaveLength(1);
    expect(read).not.toHaveBeenCalled();
  } finally {
    await app.close();
  }
});

describe('in a load', () => {
  /** A reader in which so many records come between two looks, each with a compaction. */
  function readerOf(records: { each: number }, newestDay: string | null = '2010-12-01') {
    let progress = 0;
    const state = { unaskedMs: Infinity, newestDay };
    const reader = {
      progress: () => Promise.resolve({ compaction: String(progress), records: (progress += records.each) }),
      read: jest.fn<(range: DayRange) => Promise<unknown>>(() =>
        Promise.resolve({ days: [], oldestDay: null, newestDay: state.newestDay }),
      ),
      series: jest.fn(() => Promise.resolve([])),
      letGo: jest.fn(),
      get unaskedMs() {
        return state.unaskedMs;
      },
    };
    const timesReadAhead = () => reader.read.mock.calls.filter(([{ from }]) => from === null).length;
    return { reader, state, timesReadAhead };
  }

  /** Looks so many times after the first one. */
  async function looks(reader: object, count: number, between: () => void = () => undefined): Promise<void> {
    jest.useFakeTimers();
    const views = { compileAhead: () => Promise.resolve() } as unknown as Views;
    const warmUp = new WarmUp(reader as SummaryReader, views);
    warmUp.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(0);
    between();
    await jest.advanceTimersByTimeAsync(count * 5_000);
    warmUp.beforeApplicationShutdown();
    jest.useRealTimers();
  }

  it('nothing is read ahead, and what was read is let go once it is a long one', async () => {
    const { reader, timesReadAhead } = readerOf({ each: 5_001 });
    await looks(reader, 2);
    expect(reader.letGo).not.toHaveBeenCalled();
    await looks(reader, 3);
    expect(reader.letGo).toHaveBeenCalledTimes(1);
    expect(timesReadAhead()).toBe(2);
  });

  it('the first lines that there ever are are read ahead, so that the code has run', async () => {
    const { reader, state, timesReadAhead } = readerOf({ each: 5_001 }, null);
    await looks(reader, 3, () => {
      expect(timesReadAhead()).toBe(1);
      state.newestDay = '2010-12-01';
    });
    expect(timesReadAhead()).toBe(2);
  });

  it('nothing is let go while somebody asks, or where few lines come', async () => {
    const asked = readerOf({ each: 5_001 });
    asked.state.unaskedMs = 14_000;
    await looks(asked.reader, 6);
    expect(asked.reader.letGo).not.toHaveBeenCalled();
    const { reader } = readerOf({ each: 5_000 });
    await looks(reader, 6);
    expect(reader.letGo).not.toHaveBeenCalled();
  });

  it('what it has changed is read ahead when it is over', async () => {
    const { reader, timesReadAhead } = readerOf({ each: 5_001 });
    const progress = jest.spyOn(reader, 'progress');
    await looks(reader, 3, () => {
      progress.mockResolvedValueOnce({ compaction: 'a', records: 20_000 });
      progress.mockResolvedValueOnce({ compaction: 'b', records: 40_000 });
      progress.mockResolvedValue({ compaction: 'c', records: 40_100 });
    });
    expect(timesReadAhead()).toBe(2);
  });
});

it('what is let go is read again, and the sums are the same', async () => {
  // Nobody else is to read here, however long this takes.
  jest.spyOn(WarmUp.prototype, 'onApplicationBootstrap').mockReturnValue(undefined);
  const app = await startSeededApp({ compactionDeltas: 0 });
  try {
    await app.apply(0, records(0, 0, [item({}), item({ StockCode: '22423' })]));
    const summaries = app.app.get(SummaryReader, { strict: false });
    const range = { from: null, to: null };
    const before = await summaries.read(range);
    const read = jest.spyOn(app.app.get(SummaryDocuments, { strict: false }), 'readTexts');
    expect(await summaries.read(range)).toBe(before);
    expect(read).not.toHaveBeenCalled();
    expect(summaries.unaskedMs).toBeLessThan(5_000);

    summaries.letGo();
    expect(await summaries.read(range)).toEqual(before);
    expect(read).toHaveBeenCalled();
  } finally {
    await app.close();
  }
});
