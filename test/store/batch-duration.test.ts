import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ITEM_FIELDS } from '../../src/invoice/index.js';
import { startTestApp, type TestApp } from '../helpers/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ DOCSTREAM_PARTITIONS: '1' });
});
afterAll(() => app.close());

it('the duration of a micro-batch has the writes of a large one, and is not 0 of a small one', async () => {
  const row = (n: number) => `${700_000 + n},A,,1,2010-12-01,1,,U\n`;
  const post = (body: string) =>
    fetch(`${app.url}/invoiceitems`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body });
  const header = `${ITEM_FIELDS.join(',')}\n`;
  await post(header + row(0));
  await app.settled();
  await post(header + Array.from({ length: 4_000 }, (_, n) => row(n + 1)).join(''));
  await app.settled();
  const [small, ...large] = await app.sinks.collection('batches').find().sort({ number: 1 }).toArray();
  expect(small?.['durationMs']).toBeGreaterThanOrEqual(1);
  // A document of its own for each of its lines: 25 us each is less than any store has ever taken here.
  for (const { durationMs, records } of large) expect(durationMs).toBeGreaterThan(Number(records) * 0.025);
});
