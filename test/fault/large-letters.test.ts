import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import request from 'supertest';
import type { DeadLetterView } from '../../src/ops/dead-letters.controller.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { plainKafka } from '../helpers/oracle-sinks.js';
import { appendRaw, encodeRecords } from './raw-batch.js';

const LARGE = 20 * 1024 * 1024;

let app: TestApp;
beforeAll(async () => (app = await startTestApp({ DOCSTREAM_PARTITIONS: '1' })));
afterAll(() => app.close());

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
    await produce(wide);
    await produce(
      JSON.stringify({
        ...{ InvoiceNo: '536365', StockCode: '22423', Quantity: 1, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75 },
        Country: 'France',
      }),
    );
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
});

async function produce(value: string): Promise<void> {
  const producer = plainKafka(app.settings).producer();
  await producer.connect();
  await producer.send({ topic: app.settings.kafka.ingestionTopic, messages: [{ key: 'key', value }] });
  await producer.disconnect();
}
