import { afterEach, expect, it, jest } from '@jest/globals';
import { SummaryReader } from '../../src/store/index.js';
import { SummaryDocuments } from '../../src/store/summary-documents.js';
import { until } from '../helpers/oracle-sinks.js';
import { startSeededApp } from './seeded-app.js';
import { item, records } from './shop.js';

afterEach(() => {
  jest.restoreAllMocks();
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
    await times(2);
    await Promise.all(series.mock.results.map(({ value }) => value as Promise<unknown>));

    const documents = jest.spyOn(app.app.get(SummaryDocuments, { strict: false }), 'read');
    const { sum } = await app.app.get(SummaryReader, { strict: false }).read({ from: null, to: null });
    expect(sum.lines).toBe(1);
    expect(await app.app.get(SummaryReader, { strict: false }).series('customers', '17850')).toHaveLength(1);
    expect(documents).not.toHaveBeenCalled();
  } finally {
    await app.close();
  }
});
