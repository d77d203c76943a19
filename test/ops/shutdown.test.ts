import { afterAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { startApp, type RunningApp } from '../../src/app.js';
import { Lifecycle } from '../../src/ops/lifecycle.js';
import { MicroBatchServer } from '../../src/buffer/index.js';
import { testSettings } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';

let running: RunningApp;
afterAll(() => running.close());

describe('a shutdown', () => {
  it('is told by readiness while everything still works', async () => {
    running = await startApp(testSettings());
    await request(running.url).get('/health/ready').expect(200);
    running.app.get(Lifecycle).shutDown();
    const { body } = await request(running.url).get('/health/ready').expect(503);
    expect(body).toMatchObject({
      status: 'shutting_down',
      details: { kafka: { status: 'up' }, store: { status: 'up' } },
    });
    await request(running.url).get('/health/live').expect(200);
    await request(running.url).get('/api/pipeline').expect(200);
    await request(running.url).delete('/api/dead-letters/none').expect(503).expect('retry-after', '2');
  });
});

describe('a crashed consumer', () => {
  it('is found out at once, although Kafka and the store are well', async () => {
    const other = await startApp(testSettings());
    try {
      await request(other.url).get('/health/ready').expect(200);
      other.app.get(MicroBatchServer).consumerStatus.state = 'crashed';
      const status = async () => (await request(other.url).get('/health/ready')).status;
      await until(
        async () => (await status()) === 503,
        2_000,
        () => 'still ready',
      );
      const { body } = await request(other.url).get('/health/ready').expect(503);
      expect(body).toMatchObject({
        status: 'error',
        details: { kafka: { status: 'up' }, consumer: { status: 'down', message: 'the consumer is crashed' } },
      });
    } finally {
      await other.close();
    }
  });
});
