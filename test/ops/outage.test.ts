import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { startKafka, startStore, type KafkaEngine, type StoreEngine } from '../../src/engines/index.js';
import type { Pipeline } from '../../src/ops/pipeline.service.js';
import { cacheDir, freshFolder, removeFolders } from '../engines/set-up.js';
import { type Readiness, startTestApp, type TestApp, untilReady } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';
import { unstalledMs } from '../helpers/unstalled.js';
import { line } from './lines.js';

const dataDir = freshFolder();
let kafka: KafkaEngine;
let store: StoreEngine;
let app: TestApp;
/** Instances that take lines, or show pages, and nothing else. */
let taker: TestApp;
let shower: TestApp;
let consumerAtStart: Pipeline['engines']['consumer'];

beforeAll(async () => {
  kafka = await startKafka({ dataDir, cacheDir });
  store = await startStore({ dataDir, cacheDir });
  app = await startTestApp({
    KAFKA_BROKERS: kafka.brokers,
    MONGODB_URI: store.uri,
    DOCSTREAM_SESSION_TIMEOUT_MS: '6000',
    DOCSTREAM_STORE_TIMEOUT_MS: '10000',
  });
  taker = await startTestApp({ ...app.environment, DOCSTREAM_ROLES: 'ingest' });
  shower = await startTestApp({ ...app.environment, DOCSTREAM_ROLES: 'dashboard' });
  consumerAtStart = (await pipelineInTime()).engines.consumer;
  await request(app.url).post('/invoiceitem').send(line('536365')).expect(200);
  await app.settled();
});
afterAll(async () => {
  await Promise.all([taker?.close(), shower?.close()]);
  await app.close();
  await store.stop();
  await kafka.stop();
  removeFolders();
});

/** Resolves with what readiness says once it is no for this engine. */
async function untilUnready(engine: 'kafka' | 'store'): Promise<Readiness> {
  let said = {} as Readiness;
  await until(
    async () => {
      const { status, body } = await request(app.url).get('/health/ready');
      said = body as Readiness;
      return status === 503 && said.details[engine]?.status === 'down';
    },
    10_000,
    () => `still ready: ${JSON.stringify(said)}`,
  );
  return said;
}

/** Asks for the pipeline, and holds it to its deadline. */
async function pipelineInTime(): Promise<Pipeline> {
  let pipeline = {} as Pipeline;
  const tookMs = await unstalledMs(async () => {
    pipeline = (await request(app.url).get('/api/pipeline').expect(200)).body as Pipeline;
  });
  expect(tookMs).toBeLessThan(3_000);
  return pipeline;
}

/** As it is now: an engine that has just come back may falter once more, and is shown as last known then. */
async function pipelineWith(engine: 'kafka' | 'store'): Promise<Pipeline> {
  let pipeline = {} as Pipeline;
  await until(
    async () => (pipeline = await pipelineInTime()).engines[engine].state === 'up',
    30_000,
    () => `the pipeline page never shows that ${engine} is up again`,
  );
  return pipeline;
}

describe('on a Kafka that has only just started', () => {
  it('consumes from when it listens', () => {
    expect(consumerAtStart).toMatchObject({ state: 'running', message: null });
  });
});

describe.each([
  ['store', () => store.pid],
  ['kafka', () => kafka.pid],
] as const)('while %s hangs', (engine, pid) => {
  it('is not ready and says why, shows the pipeline as last known, and recovers by itself', async () => {
    await untilReady(app.url);
    const before = await pipelineWith(engine);
    process.kill(pid(), 'SIGSTOP');
    try {
      const { status, details } = await untilUnready(engine);
      expect(status).toBe('error');
      expect(details[engine]?.message).toMatch(/does not answer/);
      const { engines, partitions, batches } = await pipelineInTime();
      expect(engines[engine].state).toBe('down');
      expect(partitions).toEqual(before.partitions);
      expect(batches).toEqual(before.batches);
      await request(app.url).get('/health/live').expect(200);
      const { text } = await request(app.url).get('/metrics').expect(200);
      expect(text).toContain(`docstream_engine_up{engine="${engine}"} 0`);
    } finally {
      process.kill(pid(), 'SIGCONT');
    }
    await untilReady(app.url);
    await pipelineWith(engine);
  });
});

describe('an instance that has no part in what hangs', () => {
  it.each([
    [
      'store',
      'takes posts',
      () => store.pid,
      () => taker.url,
      (url: string) => request(url).post('/invoiceitem').send(line('536367')),
    ],
    [
      'kafka',
      'shows pages',
      () => kafka.pid,
      () => shower.url,
      (url: string) => request(url).get('/dashboard/invoices/536365'),
    ],
  ] as const)('while that is %s %s', async (engine, _, pid, url, work) => {
    await untilReady(url());
    process.kill(pid(), 'SIGSTOP');
    try {
      await untilUnready(engine);
      await request(url()).get('/health/ready').expect(200);
      await work(url()).expect(200);
    } finally {
      process.kill(pid(), 'SIGCONT');
    }
    await untilReady(app.url);
    await app.settled();
  });
});

describe('while Kafka is gone', () => {
  it('is not ready, answers in time, and goes on with what waits when it is back', async () => {
    const port = Number(kafka.brokers.split(':')[1]);
    process.kill(kafka.pid, 'SIGKILL');
    await untilUnready('kafka');
    expect((await pipelineInTime()).engines.kafka.state).toBe('down');
    await kafka.stop();
    kafka = await startKafka({ dataDir, cacheDir, port });
    await untilReady(app.url);
    await request(app.url).post('/invoiceitem').send(line('536366')).expect(200);
    await app.settled();
    const { partitions, engines } = await pipelineWith('kafka');
    expect(partitions.map(({ lag }) => lag)).toEqual([0, 0, 0]);
    expect(engines.consumer).toMatchObject({ state: 'running', message: null });
  });
});
