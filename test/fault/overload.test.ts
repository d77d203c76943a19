import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startKafka, startStore, type KafkaEngine, type StoreEngine } from '../../src/engines/index.js';
import { loadSettings } from '../../src/config.js';
import { cacheDir, freshFolder, removeFolders } from '../engines/set-up.js';
import { testEnvironment } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import { differenceInInvoices, differenceInOutput, Oracle } from '../helpers/oracle.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';
import { Stream } from './stream.js';

const MIB = 1_048_576;
/** Of the whole process, whatever it is made to do: what Node.js itself takes, the window in flight, and batches. */
const RSS_MAX = 640 * MIB;
/** A run by hand can take longer and send more than there is time for every time. */
const FREEZE_MS = Number(process.env['TEST_FREEZE_SECONDS'] ?? 16) * 1_000;
const CONNECTIONS = 10_000;
const ENDLESS_BYTES = Number(process.env['TEST_ENDLESS_MIB'] ?? 200) * MIB;
const ITEM = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Quantity: 6,
  InvoiceDate: '2010-12-01T08:26:00Z',
  UnitPrice: 2.55,
  Country: 'United Kingdom',
};

/** What `sampler.mjs` says of an answer. */
interface Sample {
  answerMs: number;
  /** Bytes. */
  rss: number;
  stoodStillSeconds: { own: number; docstream: number };
}

const dataDir = freshFolder();
let kafka: KafkaEngine;
let store: StoreEngine;
let app: Instance;
let url: string;
let sinks: Sinks;
const samples = { rssMax: 0, answerMsMax: 0, slowest: '', failure: null as Error | null };
const streams: Stream[] = [];
const cleanUps: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  cleanUps.push(() => Promise.resolve(removeFolders()));
  kafka = await startKafka({ dataDir, cacheDir });
  cleanUps.push(() => kafka.stop());
  store = await startStore({ dataDir, cacheDir });
  cleanUps.push(() => store.stop());
  const environment = testEnvironment({
    KAFKA_BROKERS: kafka.brokers,
    MONGODB_URI: store.uri,
    DOCSTREAM_APPEND_TIMEOUT_MS: '5000',
    DOCSTREAM_STORE_TIMEOUT_MS: '5000',
    DOCSTREAM_IN_FLIGHT_BYTES_MAX: '2000000',
  });
  app = Instance.launch(environment);
  cleanUps.push(() => app.stop());
  url = await app.ready();
  sinks = await Sinks.open(loadSettings(environment));
  cleanUps.push(() => sinks.close());
  const sampler = sample();
  cleanUps.push(() => sampler.terminate());
});
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/**
 * All the time: how much memory the process has, and how long an answer that needs no engine takes. Of the slowest answer
 * also whose event loop stood still meanwhile.
 */
function sample(): Worker {
  const worker = new Worker(resolve('test/fault/sampler.mjs'), { workerData: { url } });
  worker.on('message', ({ answerMs, rss, stoodStillSeconds }: Sample) => {
    samples.rssMax = Math.max(samples.rssMax, rss);
    if (answerMs <= samples.answerMsMax) return;
    samples.answerMsMax = answerMs;
    samples.slowest = `event loops stood still for ${JSON.stringify(stoodStillSeconds)} s`;
  });
  worker.on('error', (error) => (samples.failure = error));
  return worker;
}

function opened(options: ConstructorParameters<typeof Stream>[1]): Stream {
  const stream = new Stream([url], options);
  streams.push(stream);
  return stream;
}

/** Everything that was accepted so far, once. */
async function expectAllStored(): Promise<void> {
  const oracle = new Oracle().addAll(streams.flatMap(({ lines }) => lines));
  expect(differenceInInvoices(oracle, await sinks.invoices())).toBeNull();
  expect(differenceInOutput(oracle, await sinks.output())).toBeNull();
}

/** It was not slower and not larger than allowed since the last time. */
function expectHealthy(): void {
  expect(samples.failure).toBeNull();
  expect(samples.rssMax).toBeGreaterThan(0);
  expect(samples.rssMax).toBeLessThan(RSS_MAX);
  // What a person waits for without wondering, and a loaded machine of two cores besides.
  if (samples.answerMsMax >= 5_000) process.stderr.write(`the slowest answer: ${samples.slowest}\n`);
  expect(samples.answerMsMax).toBeLessThan(5_000);
}

function ready(expected: number): Promise<void> {
  return until(
    async () => (await fetch(`${url}/health/ready`)).status === expected,
    90_000,
    () => `readiness does not become ${expected}`,
  );
}

async function frozen(pid: number, task: () => Promise<void>): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await task();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

describe('more than it can take', () => {
  it('of posts while Kafka is frozen is refused in time, and what was accepted is stored afterwards', async () => {
    const stream = opened({ linesABody: 100, events: 'kafka' });
    stream.start(16);
    await stream.advances(40);
    const startedAtMs = performance.now();
    await frozen(kafka.pid, async () => {
      await ready(503);
      await until(
        () => performance.now() - startedAtMs > FREEZE_MS && (stream.heard.refused.get(503) ?? 0) > 0,
        FREEZE_MS + 60_000,
        () => 'nothing is refused',
      );
    });
    await stream.advances(20);
    await stream.stop();
    await sinks.settled();
    await ready(200);

    await expectAllStored();
    expect([...stream.heard.refused.keys()]).toEqual([503]);
    expect(stream.heard.withoutRetryAfter).toBe(0);
    expectHealthy();
  });

  it('while the store is frozen waits in Kafka: posts go on, and readiness tells', async () => {
    const stream = opened({ events: 'store' });
    const startedAtMs = performance.now();
    await frozen(store.pid, async () => {
      stream.start(4);
      await stream.advances(30);
      await ready(503);
      await pause(FREEZE_MS - (performance.now() - startedAtMs));
      await stream.advances(10);
    });
    await stream.stop();
    await sinks.settled();
    await ready(200);
    await expectAllStored();
    expect([...stream.heard.refused.keys()]).toEqual([]);
    expectHealthy();
  });
});

describe('clients that are not as they should be', () => {
  it('ten thousand idle connections, and one that sends a byte a second, keep nobody from being served', async () => {
    const { hostname, port } = new URL(url);
    const sockets: Socket[] = [];
    try {
      for (let n = 0; n < CONNECTIONS; n += 1) {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => undefined);
        sockets.push(socket);
        if (n % 100 === 99) await once(socket, 'connect');
      }
      const slow = httpRequest(new URL('/invoiceitem', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': '300' },
      });
      slow.on('error', () => undefined);
      for (let n = 0; n < 4; n += 1) {
        slow.write('{');
        await pause(1_000);
        expect((await fetch(`${url}/api/summary`)).status).toBe(200);
      }
      const stream = opened({ events: 'idle' });
      stream.start(2);
      await stream.advances(10);
      await stream.stop();
      slow.destroy();
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    expectHealthy();
  });

  it.each([
    ['rejected', 400, { Quantity: 0 }],
    ['accepted', 200, {}],
  ])(
    'a body without end, of lines that are %s, is read in bounded memory',
    async (what, status, fault) => {
      const item = { ...ITEM, ...fault };
      // Blanks make the line long without more work for the rules.
      const chunk = Buffer.from(`{${' '.repeat(60_000)}${JSON.stringify(item).slice(1)}\n`);
      const headers = { 'content-type': 'application/x-ndjson' };
      const client = httpRequest(new URL('/invoiceitems', url), { method: 'POST', headers });
      const answered = once(client, 'response');
      for (let sent = 0; sent < ENDLESS_BYTES; sent += chunk.length) {
        if (!client.write(chunk)) await once(client, 'drain');
      }
      client.end();
      const [answer] = (await answered) as [IncomingMessage];
      let text = '';
      for await (const part of answer) text += String(part);
      expect(answer.statusCode).toBe(status);
      expect(JSON.parse(text)).toMatchObject({ [what]: Math.ceil(ENDLESS_BYTES / chunk.length) });
      expectHealthy();
    },
    300_000,
  );
});
