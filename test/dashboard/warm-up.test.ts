import { afterEach, expect, it, jest } from '@jest/globals';
import { SummaryReader } from '../../src/store/index.js';
import { startSeededApp } from './seeded-app.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it('the sums of the overview are read before anybody asks for them', async () => {
  const read = jest.spyOn(SummaryReader.prototype, 'read');
  const { close } = await startSeededApp();
  await close();
  expect(read).toHaveBeenCalledWith({ from: null, to: null });
});
