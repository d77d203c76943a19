import { afterAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { startApp, type RunningApp } from '../../src/app.js';
import { Lifecycle } from '../../src/ops/lifecycle.js';
import { MicroBatchServer } from '../../src/buffer/index.js';
import { type Readiness, testSettings, untilReady } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';

const UP = { status: 'up' };
let running: RunningApp;
afterAll(() => running.close());

describe('a shutdown', () => {
  it('is told by readiness while everything still works', async () => {
    running = await startApp(testSettings());
    await untilReady(running.url);
    running.app.get(Lifecycle).shutDown();
    const details = { kafka: UP, store: UP, consumer: UP };
    await untilUnready(running.url, { status: 'shutting_down', details });
    await request(running.url).get('/health/live').expect(200);
    await request(running.url).get('/api/pipeline').expect(200);
    await request(running.url).delete('/api/dead-letters/none').expect(503).expect('retry-after', '2');
  });
});

describe('a crashed consumer', () => {
  it('is found out at once, although Kafka and the store are well', async () => {
    const other = await startApp(testSettings());
    try {
      await untilReady(other.url);
      other.app.get(MicroBatchServer).consumerStatus.state = 'crashed';
      const consumer = { status: 'down', message: 'the consumer is crashed' };
      await untilUnready(other.url, { status: 'error', details: { kafka: UP, store: UP, consumer } });
    } finally {
      await other.close();
    }
  });
});

/** An engine that takes long for one answer is down for a moment. */
async function untilUnready(url: string, expected: Readiness): Promise<void> {
  let difference = '';
  await until(
    async () => {
      const { status, body } = await request(url).get('/health/ready');
      try {
        expect({ status, body }).toMatchObject({ status: 503, body: expected });
      } catch (error) {
        difference = String(error);
        return false;
      }
      return true;
    },
    2_000,
    () => difference,
  );
}
