import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { createKafka } from '../../src/buffer/kafka-client.js';
import { MicroBatchServer } from '../../src/buffer/micro-batch.server.js';
import { prepareKafka } from '../../src/buffer/prepare.js';
import { startKafka, startStore } from '../../src/engines/index.js';
import { cacheDir, freshFolder, removeFolders } from '../engines/set-up.js';
import { testEnvironment, testSettings } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import { plainKafka, until } from '../helpers/oracle-sinks.js';
import { openProxy, type Proxy } from './proxy.js';

const SALE = { StockCode: '22423', Quantity: 1, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75, Country: 'France' };

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  removeFolders();
});

describe('engines that start after the application', () => {
  it('are waited for, one after the other, and it serves when both are there', async () => {
    const dataDir = freshFolder();
    const [kafkaPort, storePort] = await freePorts();
    const environment = testEnvironment({
      KAFKA_BROKERS: `127.0.0.1:${kafkaPort}`,
      MONGODB_URI: `mongodb://127.0.0.1:${storePort}/?directConnection=true`,
      DOCSTREAM_START_TIMEOUT_MS: '120000',
    });
    const app = Instance.launch(environment);
    cleanUps.push(() => app.stop());
    await says(app, /Kafka does not answer at KAFKA_BROKERS yet; waiting for it, \d+ s at most/);
    const kafka = await startKafka({ dataDir, cacheDir, port: kafkaPort });
    cleanUps.push(() => kafka.stop());
    await says(app, /the store does not answer at MONGODB_URI yet; waiting for it, \d+ s at most/);
    const store = await startStore({ dataDir, cacheDir, port: storePort });
    cleanUps.push(() => store.stop());

    await app.ready();
    expect(app.output.match(/yet; waiting/g)).toHaveLength(2);
    // What the Kafka client says of each attempt is for those who ask for it.
    expect(app.output).not.toContain('DEBUG');
  });

  it('are not waited for when it is told to stop', async () => {
    const app = Instance.launch(testEnvironment({ KAFKA_BROKERS: '127.0.0.1:1' }));
    cleanUps.push(() => app.stop());
    await says(app, /yet; waiting/);
    app.kill('SIGTERM');
    expect(await app.ending(15_000)).toMatchObject({ code: 0, signal: null });
  });
});

describe('an instance that only takes posts', () => {
  it('serves without the store, and answers what needs it once it is there', async () => {
    const [, storePort] = await freePorts();
    const environment = testEnvironment({
      MONGODB_URI: `mongodb://127.0.0.1:${storePort}/?directConnection=true`,
      DOCSTREAM_ROLES: 'ingest',
    });
    const app = Instance.launch(environment);
    cleanUps.push(() => app.stop());
    const url = await app.ready();
    const answer = await fetch(`${url}/invoiceitem`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...SALE, InvoiceNo: '536365' }),
    });
    expect(answer.status).toBe(200);
    const trail = url + String(answer.headers.get('location'));
    expect(await fetch(trail)).toMatchObject({ status: 503 });

    const store = await startStore({ dataDir: freshFolder(), cacheDir, port: storePort });
    cleanUps.push(() => store.stop());
    await until(
      async () => (await fetch(trail)).status === 200,
      30_000,
      () => `it does not find the store:\n${app.output}`,
    );
    expect(await (await fetch(trail)).json()).toMatchObject({ state: 'waiting', invoiceNo: '536365' });
  });

  it('can be stopped while it looks for the store', async () => {
    const app = Instance.launch(testEnvironment({ MONGODB_URI: 'mongodb://127.0.0.1:1/', DOCSTREAM_ROLES: 'ingest' }));
    cleanUps.push(() => app.stop());
    await app.ready();
    app.kill('SIGTERM');
    expect(await app.ending(15_000)).toMatchObject({ code: 0, signal: null });
  });
});

describe('Kafka connections that break off while it starts', () => {
  let proxy: Proxy;
  let brokers: string;
  beforeAll(async () => {
    proxy = await openProxy(0);
    cleanUps.push(() => proxy.close());
    const kafka = await startKafka({ dataDir: freshFolder(), cacheDir, advertisedPort: proxy.port });
    cleanUps.push(() => kafka.stop());
    proxy.targetPort = kafka.proxiedPort ?? 0;
    brokers = kafka.brokers;
  }, 60_000);

  afterEach(() => proxy.heal());

  it('between its first topic and its consumer are made anew, and it serves', async () => {
    const environment = testEnvironment({
      KAFKA_BROKERS: `127.0.0.1:${proxy.port}`,
      DOCSTREAM_START_TIMEOUT_MS: '120000',
    });
    const pastProxy = testSettings({ ...environment, KAFKA_BROKERS: brokers });
    const admin = plainKafka(pastProxy).admin();
    cleanUps.push(() => admin.disconnect());
    await admin.connect();
    const app = Instance.launch(environment);
    cleanUps.push(() => app.stop());
    await until(
      async () => (await admin.listTopics()).includes(pastProxy.kafka.ingestionTopic),
      60_000,
      () => `it makes no topic:\n${app.output}`,
    );
    proxy.refuse();
    await says(app, /Kafka does not answer at KAFKA_BROKERS yet; waiting for it, \d+ s at most/);
    proxy.heal();

    await app.ready();
  });

  it('in joining the group are a crash of the consumer, which is made anew', async () => {
    Logger.overrideLogger(false);
    const settings = testSettings({ KAFKA_BROKERS: `127.0.0.1:${proxy.port}` });
    await prepareKafka(settings);
    const server = new MicroBatchServer(createKafka(settings.kafka), settings);
    cleanUps.push(() => server.close());

    proxy.refuse();
    await new Promise<void>((called) => server.listen(called));
    expect(server.consumerStatus.state).toBe('crashed');
    proxy.heal();
    await until(
      () => server.consumerStatus.state === 'running',
      30_000,
      () => `the consumer is ${server.consumerStatus.state}`,
    );
  });

  it('for good are told in one line, with what the last attempt said', async () => {
    proxy.refuse();
    const environment = testEnvironment({
      KAFKA_BROKERS: `127.0.0.1:${proxy.port}`,
      DOCSTREAM_START_TIMEOUT_MS: '2000',
    });
    const app = Instance.launch(environment);
    cleanUps.push(() => app.stop());
    const { code, output } = await app.ending(60_000);
    expect(code).toBe(1);
    expect(output).toMatch(
      /^docstream can't start: Kafka does not answer at KAFKA_BROKERS \(.*\)\. Check the addresses/m,
    );
    expect(output).not.toMatch(/^\s+at /m);
  });
});

function says(app: Instance, pattern: RegExp): Promise<void> {
  return until(
    () => pattern.test(app.output),
    60_000,
    () => `it does not say that it waits:\n${app.output}`,
  );
}

/** Two that nobody listens on, below the range that outgoing connections are given. */
async function freePorts(): Promise<[number, number]> {
  const ports: number[] = [];
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); ports.length < 2; port += 1) {
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => {
        resolve(false);
      });
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) ports.push(port);
  }
  return ports as [number, number];
}
