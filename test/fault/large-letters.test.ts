import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { mongo } from 'mongoose';
import request from 'supertest';
import type { DeadLetterView } from '../../src/ops/dead-letters.controller.js';
import { loadSettings, type Settings } from '../../src/config.js';
import type { StoreEngine } from '../../src/engines/index.js';
import { BatchWriter, TooLargeForStoreError } from '../../src/store/index.js';
import { startTestApp, type TestApp, testEnvironment, untilReady } from '../helpers/app.js';
import { startOwnStore } from '../helpers/own-store.js';
import { plainKafka, Sinks, until } from '../helpers/oracle-sinks.js';
import { createTopics, startPipeline } from './pipeline.js';
import { appendRaw, encodeRecords } from './raw-batch.js';

const LARGE = 20 * 1024 * 1024;
/** As many as one fetch brings, and more than a MongoDB command holds as dead letters. */
const FOREIGN = 2_600;
const COMMAND_BYTES = 17 * 1024 * 1024;
const REQUEST_RECORDS = 1_000;
const SALE = JSON.stringify({
  ...{ InvoiceNo: '536365', StockCode: '22423', Quantity: 1, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75 },
  Country: 'France',
});

let store: StoreEngine;
let app: TestApp;
/** What a slow machine does not take in time would come in smaller micro-batches, and these are about large ones. */
const DOCSTREAM_STORE_TIMEOUT_MS = '60000';
const environment = () =>
  testEnvironment({ DOCSTREAM_PARTITIONS: '1', MONGODB_URI: store.uri, DOCSTREAM_STORE_TIMEOUT_MS });
beforeAll(async () => {
  store = await startOwnStore();
  app = await startTestApp(environment());
});
afterAll(async () => {
  await app.close();
  await store.stop();
});

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('what no dead letter can hold whole', () => {
  it('does not hold its partition up: the letter has what fits, and says where the rest is', async () => {
    const { ingestionTopic: topic, deadLetterTopic } = app.settings.kafka;
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`column ${n}`, 1])));
    await appendRaw(
      app.settings,
      0,
      kafkajs.CompressionTypes.GZIP,
      gzipSync(encodeRecords([Buffer.alloc(LARGE, '{')])),
    );
    await produce(app.settings, [wide, SALE]);
    await app.settled();

    const { body } = await request(app.url).get('/api/dead-letters').expect(200);
    const [many, large] = (body as { items: DeadLetterView[] }).items;
    expect(large).toMatchObject({ reason: 'not-json', offset: 0, value: null });
    expect(large?.message).toContain(`${LARGE} bytes are kept at ${topic}:0:0 alone`);
    expect(many).toMatchObject({ reason: 'invalid-item', offset: 1 });
    expect(many?.value).toBe(Buffer.from(wide).toString('base64'));
    expect(many?.errors.at(-1)).toEqual({
      field: 'body',
      message: 'has 59900 more fields that an item does not have',
    });
    expect(many?.errors.length).toBeLessThan(120);
    expect(await app.sinks.records(deadLetterTopic)).toHaveLength(2);
    await request(app.url).get('/api/invoices/536365').expect(200);
  });

  it('does not go back without what it lacks: a replay as it was is refused, one by one and in the background', async () => {
    const { ingestionTopic: topic } = app.settings.kafka;
    const id = `${topic}:0:0`;
    const refusal = `its bytes are kept at ${id} alone; send a correction`;
    const { body } = await request(app.url).post(`/api/dead-letters/${id}/replay`).expect(422);
    expect(body).toMatchObject({ detail: refusal });

    const all = await request(app.url)
      .post('/api/dead-letters/replay')
      .send({ ids: [id] });
    expect(all.body).toEqual({ matched: 1, replayed: 0, failed: 1 });
  });

  it('of a record that is all headers, each of which the store gives a document, has none of them', async () => {
    const { ingestionTopic: topic } = app.settings.kafka;
    const offset = (await app.sinks.positions())[0]?.end ?? 0;
    const records = encodeRecords([Buffer.from('no JSON')], 500_000);
    await appendRaw(app.settings, 0, kafkajs.CompressionTypes.GZIP, gzipSync(records));
    await app.settled();

    const { body } = await request(app.url).get(`/api/dead-letters/${topic}:0:${offset}`).expect(200);
    expect(body).toMatchObject({ reason: 'not-json', value: null, headers: {} });
    expect((body as DeadLetterView).message).toMatch(/its \d+ bytes are kept at .* alone$/);
  });
});

describe('thousands of records whose dead letters are ten times as large', () => {
  it('become dead letters in one micro-batch, and their partition goes on', async () => {
    const names = environment();
    const settings = loadSettings(names);
    await createTopics(settings);
    // Short names, since a fetch brings bytes and a letter has a sentence for each field.
    const foreign = JSON.stringify(Object.fromEntries(Array.from({ length: 80 }, (_, n) => [n.toString(36), 1])));
    await produce(settings, Array<string>(FOREIGN).fill(foreign));
    const stranger = await startTestApp(names);
    cleanUps.push(() => stranger.close());
    const letters = stranger.sinks.collection('deadLetters');

    await until(
      async () => (await letters.countDocuments()) === FOREIGN,
      60_000,
      () => 'they have not all become dead letters',
    );
    await produce(settings, [SALE]);
    await stranger.settled();

    await request(stranger.url).get('/api/invoices/536365').expect(200);
    await untilReady(stranger.url);
    const [largest] = await stranger.sinks.collection('batches').find().sort({ records: -1 }).limit(1).toArray();
    const letterBytes = mongo.BSON.calculateObjectSize((await letters.findOne({})) ?? {});
    expect(Number(largest?.['deadLetters']) * letterBytes).toBeGreaterThan(COMMAND_BYTES);
    expect(await stranger.sinks.records(settings.kafka.deadLetterTopic)).toHaveLength(FOREIGN);
  });
});

describe('what the store finds too large', () => {
  const RECORDS = 400;

  it('is tried with fewer records, and comes through when they are few enough', async () => {
    const { settings, status } = await processing(RECORDS, 100);

    const sinks = await Sinks.open(settings);
    cleanUps.push(() => sinks.close());
    await sinks.settled();

    expect([...status.stopped]).toEqual([]);
    expect(await sinks.collection('deadLetters').countDocuments()).toBe(RECORDS);
  });

  it('stops its partition, naming the records, when fewer do not help', async () => {
    const { status } = await processing(RECORDS, 0);

    await until(
      () => Promise.resolve(status.stopped.has(0)),
      60_000,
      () => `it goes on trying: ${JSON.stringify([...status.waiting])}`,
    );

    expect(status.stopped.get(0)).toMatch(/^records 0 to 24: the store does not take so much: forced/);
  });

  /** Over a topic with records, and a store that takes no more than so many of them at once. */
  async function processing(records: number, takesMax: number) {
    const settings = loadSettings(environment());
    await createTopics(settings);
    await produce(settings, Array<string>(records).fill('no JSON'));
    const { status, close } = await startPipeline(settings, (nest) => {
      const writer = nest.get(BatchWriter);
      const apply = writer.apply.bind(writer);
      writer.apply = async (write) => {
        if (write.nextOffset - write.fromOffset > takesMax) throw new TooLargeForStoreError('forced');
        return apply(write);
      };
    });
    cleanUps.push(close);
    return { settings, status };
  }
});

async function produce(settings: Settings, values: readonly string[]): Promise<void> {
  const producer = plainKafka(settings).producer();
  await producer.connect();
  for (let from = 0; from < values.length; from += REQUEST_RECORDS) {
    const messages = values.slice(from, from + REQUEST_RECORDS).map((value) => ({ key: 'key', value }));
    await producer.send({ topic: settings.kafka.ingestionTopic, messages });
  }
  await producer.disconnect();
}
