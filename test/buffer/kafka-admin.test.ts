import { afterAll, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { createKafka } from '../../src/buffer/index.js';
import { KafkaAdmin } from '../../src/buffer/kafka-admin.js';
import { loadSettings } from '../../src/config.js';
import { testKafkaBrokers } from '../helpers/engines.js';

const admin = new KafkaAdmin(createKafka(loadSettings({ KAFKA_BROKERS: testKafkaBrokers() }).kafka));
afterAll(() => admin.onApplicationShutdown());

it('a question that fails closes its own connection, not the one that others have made since', async () => {
  const fail = (ms: number) =>
    admin.ask(async () => {
      await pause(ms);
      throw new Error('no answer');
    });
  const slow = fail(1_000);
  await expect(fail(0)).rejects.toThrow('Kafka does not answer');
  const other = admin.ask(async (connection) => {
    await slow.catch(() => undefined);
    return (await connection.describeCluster()).brokers.length;
  });
  await expect(slow).rejects.toThrow('Kafka does not answer');
  expect(await other).toBe(1);
});
