import { afterEach, expect, it, jest } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { Templates } from '../../src/dashboard/pages/templates.js';
import { SummaryReader } from '../../src/store/index.js';
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

it('what was read is let go while many lines come in and nobody looks, and the next sums are exact', async () => {
  const letGo = jest.spyOn(SummaryReader.prototype, 'letGo');
  const app = await startSeededApp({ compactionDeltas: 0 });
  const BATCH = 2_500;
  try {
    let lines = 0;
    // More than 5,000 from each look to the next, which come every five seconds.
    await until(
      async () => {
        const invoice = item({ InvoiceNo: String(600_000 + lines) });
        await app.apply(0, records(0, lines, Array<typeof invoice>(BATCH).fill(invoice)));
        lines += BATCH;
        return letGo.mock.calls.length > 0;
      },
      60_000,
      () => `nothing was let go after ${lines} lines`,
    );
    const documents = app.app.get(SummaryDocuments, { strict: false });
    const read = jest.spyOn(documents, 'readTexts');
    const summaries = app.app.get(SummaryReader, { strict: false });
    expect((await summaries.read({ from: null, to: null })).sum.lines).toBe(lines);
    expect(read).toHaveBeenCalled();
  } finally {
    await app.close();
  }
});
