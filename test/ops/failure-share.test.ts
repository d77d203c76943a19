import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { startTestApp, type TestApp, untilReady } from '../helpers/app.js';
import { produceRaw } from './garbage.js';
import { line } from './lines.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ DOCSTREAM_PARTITIONS: '1', DOCSTREAM_FAILURE_SHARE_WARN_PERCENT: '40' });
});
afterAll(() => app.close());

async function send(good: number, bad: number): Promise<void> {
  await produceRaw(app.settings, [
    ...Array.from({ length: good }, (_, n) => ({ key: 'k', value: JSON.stringify(line(String(n))) })),
    ...Array.from({ length: bad }, () => ({ key: 'k', value: 'noise' })),
  ]);
  await app.settled();
}

const pipeline = async () =>
  (await request(app.url).get('/api/pipeline').expect(200)).body as { warnings: string[]; batches: object[] };

describe('an implausible share of dead letters', () => {
  it('is not made of a few records, nor of a few failures among many', async () => {
    await send(10, 60);
    await send(90, 30);
    expect((await pipeline()).warnings).toEqual([]);
    expect((await untilReady(app.url)).details).not.toHaveProperty('records');
  });

  it('is processed, and readiness, metrics and the pipeline page say so', async () => {
    await send(60, 60);
    const { warnings } = await pipeline();
    expect(warnings).toEqual(['60 of 120 records (50 %) of a micro-batch of partition 0 became dead letters']);
    expect((await untilReady(app.url)).details).toMatchObject({ records: { status: 'up', warning: warnings[0] } });
    const metrics = await request(app.url).get('/metrics').expect(200);
    expect(metrics.text).toContain('docstream_batches_implausible_total 1');
    const page = await request(app.url).get('/dashboard/pipeline').expect(200);
    expect(page.text).toContain(warnings[0]);
    await request(app.url).get('/api/dead-letters').expect(200);
  });
});
