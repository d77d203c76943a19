import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { testEnvironment, testSettings } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';
import { produceRaw } from '../ops/garbage.js';
import { line } from '../ops/lines.js';

const LETTERS = 5_000;
const LINES_PER_INVOICE = 20;
/** No bound: a letter takes the local store some ms, and a busy machine makes many of them. */
const HANG_MS = 300_000;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function launch(env: Record<string, string>): Instance {
  const instance = Instance.launch(env);
  open.push({ close: () => instance.stop() });
  return instance;
}

describe('a background replay of five thousand', () => {
  it('finishes after a SIGKILL in the middle, with exact totals and nothing doubled', async () => {
    const env = testEnvironment();
    const settings = testSettings(env);
    const sinks = await Sinks.open(settings);
    open.push(sinks);
    const first = launch(env);
    await first.ready();
    // Dates of a 25th month: dead letters, until an instance reads the day first.
    const records = Array.from({ length: LETTERS }, (_, n) => {
      const invoiceNo = String(800_000 + Math.floor(n / LINES_PER_INVOICE));
      const value = JSON.stringify(line(invoiceNo, { InvoiceDate: '25/12/2010 8:26', Quantity: 1 }));
      return { key: invoiceNo, value, headers: { 'event-id': `event-${n}` } };
    });
    await produceRaw(settings, records);
    await sinks.settled();
    first.kill('SIGTERM');
    await first.ending();

    const second = launch({ ...env, DOCSTREAM_DATE_ORDER: 'dmy' });
    const begun = await request(await second.ready())
      .post('/api/dead-letters/replay')
      .expect(202);
    const { location, job } = begun.body as { location: string; job: { id: string; matched: number } };
    expect(job.matched).toBe(LETTERS);
    const jobs = sinks.collection('replayJobs');
    await until(
      async () => Number((await jobs.findOne({}))?.['replayed']) > 0,
      HANG_MS,
      () => `the replay did not begin: ${second.output}`,
    );
    second.kill('SIGKILL');
    await second.ending();
    expect(await jobs.findOne({})).toMatchObject({ state: 'running' });

    const third = launch({ ...env, DOCSTREAM_DATE_ORDER: 'dmy' });
    const url = await third.ready();
    await until(
      async () => (await jobs.findOne({}))?.['state'] !== 'running',
      HANG_MS,
      () => `the replay did not finish: ${third.output}`,
    );
    const { body } = await request(url).get(location).expect(200);
    expect(body).toMatchObject({ state: 'done', matched: LETTERS, replayed: LETTERS, failed: 0 });
    await sinks.settled();
    const summary = await request(url).get('/api/summary').expect(200);
    expect(summary.body.totals).toMatchObject({ invoices: LETTERS / LINES_PER_INVOICE, lines: LETTERS });
    const letters = sinks.collection('deadLetters');
    expect(await letters.countDocuments({ state: 'replayed' })).toBe(LETTERS);
    expect(await letters.countDocuments({})).toBe(LETTERS);
    const events = (await sinks.output()).flatMap(({ told }) => told.lines.map(({ eventId }) => eventId));
    expect(events).toHaveLength(LETTERS);
    expect(new Set(events).size).toBe(LETTERS);
  });
});
