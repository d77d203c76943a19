import { afterEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { testSettings } from '../helpers/app.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';
import { failOutput, failStore, type Moment } from './forced.js';
import { createTopics, type Pipeline, startPipeline } from './pipeline.js';
import { verdictOn } from './verdict.js';
import { makeWorkload, produce, seeded } from './workload.js';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a failure at either commit', () => {
  it.each([1, 2, 3])('leaves both sinks with everything exactly once (seed %i)', async (seed) => {
    const settings = testSettings({ DOCSTREAM_BATCH_RECORDS_MAX: '45' });
    const workload = makeWorkload(seed, 900);
    await createTopics(settings);
    await produce(settings, workload.messages);
    const random = seeded(seed);
    // There are twenty micro-batches at least, so that each of these moments comes.
    const moments = { store: momentsIn(random, 20), output: momentsIn(random, 20) };

    const { sinks } = await run(settings, (app) => {
      failStore(app, () => moments.store.shift() ?? 'never');
      failOutput(app, () => moments.output.shift() ?? 'never');
    });
    await sinks.settled();

    expect(await verdictOn(sinks, settings, workload)).toBeNull();
    expect(moments).toEqual({ store: [], output: [] });
  });

  it('that stops a process for good is made up for by the next one', async () => {
    const settings = testSettings({ DOCSTREAM_BATCH_RECORDS_MAX: '100' });
    const workload = makeWorkload(7, 1_000);
    await createTopics(settings);
    await produce(settings, workload.messages.slice(0, 500));
    // From the second batch on, nothing of this process reaches Kafka any more, while the store goes on.
    let commits = 0;
    const first = await run(settings, (app) => {
      failOutput(app, () => (++commits > 1 ? 'before' : 'never'));
    });
    await until(
      () => commits > 1,
      60_000,
      () => `nothing was kept from Kafka: ${commits} commits`,
    );
    await first.pipeline.close();
    const positions = await first.sinks.positions();
    const ahead = positions.filter(({ store, output }) => Number(store) > Number(output));
    expect(ahead).not.toEqual([]);
    await produce(settings, workload.messages.slice(500));

    const second = await run(settings);
    await second.sinks.settled();

    expect(await verdictOn(second.sinks, settings, workload)).toBeNull();
  });
});

describe('what the store has and Kafka lacks', () => {
  it('is published as it was decided, whatever is set meanwhile', async () => {
    const before = testSettings({ DOCSTREAM_PARTITIONS: '1', DOCSTREAM_DATE_ORDER: 'dmy' });
    const after: typeof before = { ...before, ingest: { ...before.ingest, dateOrder: 'mdy' } };
    await createTopics(before);
    // The other order reads another day, a day that there is not, and a day where this one reads none.
    const dates = ['3/12/2010 8:26', '13/12/2010 8:26', '12/13/2010 8:26'];
    const messages = dates.map((InvoiceDate, index) => ({
      key: '536365',
      value: JSON.stringify({ ...ITEM, InvoiceDate }),
      headers: { 'event-id': `e${index}` },
    }));
    await produce(before, messages);
    const first = await run(before, (app) => failOutput(app, () => 'before'));
    await first.sinks.reached('store', messages.length);
    await first.pipeline.close();
    expect(await first.sinks.output()).toEqual([]);

    const second = await run(after);
    await second.sinks.settled();

    const [document] = await second.sinks.output();
    expect(document?.told.lines.map(({ eventId, invoiceDate }) => [eventId, invoiceDate])).toEqual([
      ['e0', '2010-12-03T08:26:00Z'],
      ['e1', '2010-12-13T08:26:00Z'],
    ]);
    const [kept] = await second.sinks.collection('deadLetters').find().toArray();
    const [letter, ...others] = await second.sinks.records(before.kafka.deadLetterTopic);
    expect(others).toEqual([]);
    expect(String(letter?.value)).toBe(messages[2]?.value);
    expect(String(letter?.headers['dead-letter-reason'])).toBe('invalid-item');
    expect(String(letter?.headers['dead-letter-message'])).toBe(kept?.['message']);
  });
});

describe('the lines of an invoice that are more than a record may hold', () => {
  it.each<[string, Moment]>([
    ['at once', 'never'],
    ['after the store had them alone', 'before'],
  ])('stand in several records of spark-output, each line in one of them, written %s', async (_, first) => {
    const bytesMax = 100_000;
    const settings = testSettings({ DOCSTREAM_PARTITIONS: '1', DOCSTREAM_MESSAGE_BYTES_MAX: String(bytesMax) });
    await createTopics(settings);
    const messages = Array.from({ length: 1_000 }, (_, n) => ({
      key: '536365',
      value: JSON.stringify({ ...ITEM, InvoiceDate: '2010-12-03T08:26:00Z', Description: 'É'.repeat(100) }),
      headers: { 'event-id': `e${n}` },
    }));
    await produce(settings, messages);
    const moments = [first];
    const { sinks } = await run(settings, (app) => failOutput(app, () => moments.shift() ?? 'never'));
    await sinks.settled();

    const records = await sinks.records(settings.kafka.outputTopic);
    expect(records.length).toBeGreaterThan(3);
    for (const { value } of records) expect(Buffer.from(value ?? '').length).toBeLessThanOrEqual(bytesMax);
    const told = (await sinks.output()).flatMap(({ told: { lines } }) => lines.map(({ eventId }) => eventId));
    expect(told).toEqual(messages.map(({ headers }) => headers['event-id']));
  });
});

/** Two failures before a commit and two after one, at any places among so many commits. */
function momentsIn(random: () => number, commits: number): Moment[] {
  const moments = Array.from({ length: commits }, (): Moment => 'never');
  const places = moments.map((_, at) => ({ at, draw: random() })).sort((a, b) => a.draw - b.draw);
  for (const [n, { at }] of places.slice(0, 4).entries()) moments[at] = n % 2 === 0 ? 'before' : 'after';
  return moments;
}

async function run(
  settings: ReturnType<typeof testSettings>,
  prepare?: (app: NestFastifyApplication) => void,
): Promise<{ pipeline: Pipeline; sinks: Sinks }> {
  const pipeline = await startPipeline(settings, prepare);
  cleanUps.push(() => pipeline.close());
  const sinks = await Sinks.open(settings);
  cleanUps.push(() => sinks.close());
  return { pipeline, sinks };
}

const ITEM = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: 6,
  UnitPrice: '2.55',
  CustomerID: 17850,
  Country: 'United Kingdom',
};
