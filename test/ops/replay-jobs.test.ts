import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { startTestApp, type TestApp, testEnvironment } from '../helpers/app.js';
import { produceRaw } from './garbage.js';
import { line } from './lines.js';

const LETTERS = 2_000;
const LINES_PER_INVOICE = 20;

let app: TestApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

interface Job {
  id: string;
  state: string;
  matched: number;
  replayed: number;
  failed: number;
}

/** Dates of the 25th month: dead letters for an instance that reads the month first, good lines for another one. */
const records = Array.from({ length: LETTERS }, (_, n) => {
  const invoiceNo = String(800_000 + Math.floor(n / LINES_PER_INVOICE));
  const value = JSON.stringify(line(invoiceNo, { InvoiceDate: '25/12/2010 8:26', Quantity: 1 + (n % 9) }));
  return { key: invoiceNo, value, headers: { 'event-id': `event-${n}` } };
});

async function start(env: Record<string, string>): Promise<TestApp> {
  app = await startTestApp(env);
  return app;
}

async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 300_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not come`);
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

async function jobOf(app: TestApp, location: string): Promise<Job> {
  const { status, body } = await request(app.url).get(location);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as Job;
}

describe('a replay of thousands', () => {
  it('goes on where it was when the instance stops in the middle, with exact totals', async () => {
    const env = testEnvironment();
    const first = await start(env);
    await produceRaw(first.settings, records);
    await first.settled();
    expect(await first.sinks.collection('deadLetters').countDocuments({ state: 'open' })).toBe(LETTERS);
    await first.close();

    const second = await start({ ...env, DOCSTREAM_DATE_ORDER: 'dmy' });
    const begun = await request(second.url).post('/api/dead-letters/replay?reason=invalid-item').expect(202);
    const { job, location } = begun.body as { job: Job; location: string };
    expect(begun.headers['location']).toBe(location);
    expect(job).toMatchObject({ state: 'running', matched: LETTERS, failed: 0 });
    const halfway = await until('progress', async () => {
      const now = await jobOf(second, location);
      return now.replayed > 0 ? now : null;
    });
    expect(halfway.replayed).toBeLessThan(LETTERS);
    await second.close();

    const third = await start({ ...env, DOCSTREAM_DATE_ORDER: 'dmy' });
    const done = await until('the end of the replay', async () => {
      const now = await jobOf(third, location);
      return now.state === 'running' ? null : now;
    });
    expect(done).toMatchObject({ state: 'done', matched: LETTERS, replayed: LETTERS, failed: 0 });
    await third.settled();
    const { body } = await request(third.url).get('/api/summary?from=2010-12-25&to=2010-12-25').expect(200);
    expect(body.totals).toMatchObject({ invoices: LETTERS / LINES_PER_INVOICE, lines: LETTERS });
    const letters = third.sinks.collection('deadLetters');
    expect(await letters.countDocuments({})).toBe(LETTERS);
    expect(await letters.countDocuments({ state: 'replayed', job: null })).toBe(LETTERS);
    // Nothing is doubled in Kafka either.
    const events = (await third.sinks.output()).flatMap(({ told }) => told.lines.map(({ eventId }) => eventId));
    expect(events).toHaveLength(LETTERS);
    expect(new Set(events).size).toBe(LETTERS);
  });

  it('can be stopped: what is replayed stays so, the rest is open again', async () => {
    const running = await start(testEnvironment());
    await produceRaw(running.settings, records.slice(0, 1_500));
    await running.settled();
    const { body } = await request(running.url).post('/api/dead-letters/replay').expect(202);
    await request(running.url).delete(body.location).expect(200);
    const stopped = await until('the stop', async () => {
      const now = await jobOf(running, body.location);
      return now.state === 'stopped' ? now : null;
    });
    const letters = running.sinks.collection('deadLetters');
    expect(await letters.countDocuments({ state: 'replayed' })).toBe(stopped.replayed);
    expect(await letters.countDocuments({ job: { $ne: null } })).toBe(0);
    expect(stopped.replayed).toBeLessThan(1_500);
    await request(running.url).delete(body.location).expect(200);
    expect((await jobOf(running, body.location)).state).toBe('stopped');
    await request(running.url).get('/api/dead-letters/replays/none').expect(404);
    const list = await request(running.url).get('/api/dead-letters/replays').expect(200);
    expect(list.body.items).toHaveLength(1);
  });

  it('ends where the dead letters come from partitions that the ingestion topic does not have any more', async () => {
    const env = testEnvironment({ DOCSTREAM_PARTITIONS: '3' });
    const first = await start(env);
    const keyless = Array.from({ length: 6 }, (_, n) => {
      const value = JSON.stringify(line(String(900_000 + n), { InvoiceDate: '25/12/2010 8:26' }));
      return { key: null, value, partition: n % 3, headers: { 'event-id': `keyless-${n}` } };
    });
    await produceRaw(first.settings, keyless);
    await first.settled();
    await first.close();

    const fewer = { DOCSTREAM_INGESTION_TOPIC: `${first.settings.kafka.ingestionTopic}-2`, DOCSTREAM_PARTITIONS: '1' };
    const second = await start({ ...env, ...fewer, DOCSTREAM_DATE_ORDER: 'dmy' });
    const { body } = await request(second.url).post('/api/dead-letters/replay').expect(200);
    expect(body).toEqual({ matched: 6, replayed: 6, failed: 0 });
    await second.settled();
    expect(await second.sinks.collection('invoices').countDocuments()).toBe(6);
    expect(await second.sinks.records(second.settings.kafka.ingestionTopic)).toHaveLength(6);
  });
});
