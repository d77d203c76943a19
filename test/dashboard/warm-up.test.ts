import { afterEach, expect, it, jest } from '@jest/globals';
import { SummaryReader } from '../../src/store/index.js';
import { until } from '../helpers/oracle-sinks.js';
import { startSeededApp } from './seeded-app.js';

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
