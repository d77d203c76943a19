import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createKafka } from '../../src/buffer/index.js';
import { loadSettings } from '../../src/config.js';
import { KAFKA_CLASSPATH, testKafkaBrokers, uniqueName } from '../helpers/engines.js';

const RECORDS = 3_000;
const source = join(process.cwd(), 'test', 'helpers', 'CompressedProducer.java');
const { kafka: settings } = loadSettings({ KAFKA_BROKERS: testKafkaBrokers() });
const kafka = createKafka(settings);
const admin = kafka.admin();
const topics: string[] = [];

afterAll(async () => {
  await admin.connect();
  await admin.deleteTopics({ topics });
  await admin.disconnect();
});

describe('records that the Java client has compressed', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('are read when the codec is %s', async (codec) => {
    const topic = uniqueName(`codec-${codec}`);
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    topics.push(topic);
    await promisify(execFile)('java', [
      '-cp',
      KAFKA_CLASSPATH,
      source,
      testKafkaBrokers(),
      topic,
      codec,
      String(RECORDS),
    ]);

    const values: string[] = [];
    const consumer = kafka.consumer({ groupId: topic });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    try {
      await new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => {
          if (!(payload.error as { retriable?: boolean }).retriable) reject(payload.error);
        });
        const eachMessage = ({ message }: { message: { value: Buffer | null } }) => {
          values.push(String(message.value));
          if (values.length === RECORDS) resolve();
          return Promise.resolve();
        };
        consumer.run({ eachMessage }).catch(reject);
      });
    } finally {
      await consumer.disconnect();
    }
    expect(values).toEqual(Array.from({ length: RECORDS }, (_, n) => `${codec}-${n}`));
  });
});
