import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import mongoose from 'mongoose';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { plainKafka, until } from '../helpers/oracle-sinks.js';
import { appendRaw, encodeRecords } from './raw-batch.js';

const MIB = 1024 * 1024;
const item = (InvoiceNo: string) =>
  JSON.stringify({
    ...{ InvoiceNo, StockCode: '22423', Quantity: 1, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75 },
    Country: 'France',
  });

let app: TestApp;
beforeAll(async () => (app = await startTestApp({ DOCSTREAM_PARTITIONS: '2' })));
afterAll(() => app.close());

describe('a compressed batch that would fill the memory', () => {
  it('stops its partition with a reason, and no other; past it, the partition goes on', async () => {
    await produce(0, '536365');
    const bomb = gzipSync(encodeRecords([Buffer.alloc(400 * MIB)]));
    expect(bomb.length).toBeLessThan(MIB);
    await appendRaw(app.settings, 0, kafkajs.CompressionTypes.GZIP, bomb);
    await produce(0, '536366');
    await until(
      async () => (await get('/health/ready')).includes('stopped'),
      30_000,
      () => 'readiness does not say that the partition stopped',
    );

    const reason =
      /artition 0 has stopped: the records, compressed with gzip, at offsets 1 to 1 can(’|'|&#x27;|&#39;)t be read: it decompresses to more than 64 MiB/;
    expect(await get('/dashboard/pipeline')).toMatch(reason);
    expect(await get('/api/pipeline')).toMatch(/"partition":0,"reason":"the records, compressed with gzip/);
    await produce(1, '536367');
    await until(
      async () => (await get('/api/invoices/536367')).includes('12.75'),
      20_000,
      () => 'the other partition does not go on',
    );
    expect(await get('/api/invoices/536365')).toContain('12.75');
    expect(await get('/api/invoices/536366')).not.toContain('12.75');
    expect((await positions())[0]).toMatchObject({ store: 1, output: 1, end: 3 });

    const reader = await startTestApp({ ...app.environment, DOCSTREAM_ROLES: 'dashboard' });
    try {
      expect(await (await fetch(`${reader.url}/api/pipeline`)).text()).toMatch(
        /"partition":0,"reason":"the records, compr/,
      );
    } finally {
      await reader.close();
    }

    await app.close();
    await goOnAt(2);
    app = await startTestApp(app.environment);
    await app.settled();
    expect(await get('/api/invoices/536366')).toContain('12.75');
  });
});

async function produce(partition: number, invoiceNo: string): Promise<void> {
  const producer = plainKafka(app.settings).producer();
  await producer.connect();
  const messages = [{ partition, key: invoiceNo, value: item(invoiceNo) }];
  await producer.send({ topic: app.settings.kafka.ingestionTopic, messages });
  await producer.disconnect();
}

async function get(path: string): Promise<string> {
  return (await fetch(app.url + path)).text();
}

async function positions() {
  return (await app.sinks.positions()).sort((a, b) => a.partition - b.partition);
}

/** What an operator does who gives the batch up. */
async function goOnAt(offset: number): Promise<void> {
  const { kafka, store } = app.settings;
  const client = new mongoose.mongo.MongoClient(store.uri ?? '');
  const admin = plainKafka(app.settings).admin();
  await Promise.all([client.connect(), admin.connect()]);
  try {
    const id = `${kafka.ingestionTopic}:0`;
    const checkpoints = client.db(store.database).collection<{ _id: string; nextOffset: number }>('checkpoints');
    await checkpoints.updateOne({ _id: id }, { $set: { nextOffset: offset } });
    const partitions = [{ partition: 0, offset: String(offset) }];
    await admin.setOffsets({ groupId: kafka.groupId, topic: kafka.ingestionTopic, partitions });
  } finally {
    await Promise.all([client.close(), admin.disconnect()]);
  }
}
