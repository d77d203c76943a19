import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { loadSettings } from '../../src/config.js';
import { testEnvironment } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import { differenceInInvoices, differenceInOutput, Oracle } from '../helpers/oracle.js';
import { Sinks, until } from '../helpers/oracle-sinks.js';
import { unstalledMs } from '../helpers/unstalled.js';
import { Stream } from './stream.js';

const ITEM = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Quantity: 1,
  InvoiceDate: '2010-12-01',
  UnitPrice: 1,
  Country: 'France',
};
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('SIGTERM under load', () => {
  it('turns readiness first, refuses new posts, finishes those it has and ends with 0; nothing is lost', async () => {
    // The body stays open until the test ends it, however long that takes.
    const environment = testEnvironment({ DOCSTREAM_SHUTDOWN_TIMEOUT_MS: '60000' });
    const instance = launch(environment);
    const url = await instance.ready();
    const body = await beginBody(url);
    const stream = new Stream([url], { linesABody: 50 });
    cleanUps.push(() => stream.abandon());
    stream.start(4);
    await stream.advances(40);

    instance.kill('SIGTERM');
    await until(
      async () => (await fetch(`${url}/health/ready`)).status === 503,
      5_000,
      () => 'readiness does not tell of the stop',
    );
    const readiness = (await (await fetch(`${url}/health/ready`)).json()) as { status: string };
    expect(readiness.status).toBe('shutting_down');
    expect((await fetch(`${url}/api/pipeline`)).status).toBe(200);
    const headers = { 'content-type': 'application/json' };
    const refused = await fetch(`${url}/invoiceitem`, { method: 'POST', headers, body: JSON.stringify(ITEM) });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    body.end(`${JSON.stringify(ITEM)}\n`);
    expect(await body.answer).toMatchObject({ status: 200, text: expect.stringContaining('"accepted":2') });
    expect(await instance.ending()).toMatchObject({ code: 0, signal: null });

    // The clients find nobody until the next one comes up in its place.
    const next = launch({ ...environment, PORT: new URL(url).port });
    await next.ready();
    await stream.stop();
    const sinks = await Sinks.open(loadSettings(environment));
    cleanUps.push(() => sinks.close());
    await sinks.settled();
    const told = (await sinks.invoices()).filter(({ invoiceNo }) => invoiceNo !== ITEM.InvoiceNo);
    const output = (await sinks.output()).filter(({ key }) => key !== ITEM.InvoiceNo);
    const oracle = new Oracle().addAll(stream.lines);
    expect(differenceInInvoices(oracle, told)).toBeNull();
    expect(differenceInOutput(oracle, output)).toBeNull();
    expect(stream.heard.withoutRetryAfter).toBe(0);
  });

  it('ends within DOCSTREAM_SHUTDOWN_TIMEOUT_MS although a body never ends', async () => {
    const instance = launch(testEnvironment({ DOCSTREAM_SHUTDOWN_TIMEOUT_MS: '3000' }));
    const body = await beginBody(await instance.ready());

    const tookMs = await unstalledMs(async () => {
      instance.kill('SIGTERM');
      expect(await instance.ending()).toMatchObject({ code: 0, signal: null });
    });
    expect(tookMs).toBeLessThan(5_000);
    expect(await body.answer).toBeNull();
  });
});

describe('a second SIGTERM', () => {
  it('ends it at once; one that comes with the first does not', async () => {
    const instance = launch(testEnvironment({ DOCSTREAM_SHUTDOWN_TIMEOUT_MS: '60000' }));
    const url = await instance.ready();
    const body = await beginBody(url);

    instance.kill('SIGTERM');
    instance.kill('SIGTERM');
    await until(
      () => instance.output.includes('Stopping:'),
      10_000,
      () => 'it does not say that it stops',
    );
    // As long as the two may lie apart and still be one request.
    await new Promise((resume) => setTimeout(resume, 1_500));
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const tookMs = await unstalledMs(async () => {
      instance.kill('SIGTERM');
      expect(await instance.ending()).toMatchObject({ code: 143, signal: null });
    });
    expect(tookMs).toBeLessThan(2_000);
    expect(await body.answer).toBeNull();
  });
});

function launch(environment: Record<string, string>): Instance {
  const instance = Instance.launch(environment);
  cleanUps.push(() => instance.stop());
  return instance;
}

interface OpenBody {
  end(text: string): void;
  /** null when the connection was cut. */
  answer: Promise<{ status: number; text: string } | null>;
}

/** Begins a body of lines that goes on until it is ended. Resolves when its first line is stored. */
async function beginBody(url: string): Promise<OpenBody> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const client = httpRequest(new URL('/invoiceitems', url), { method: 'POST', headers, agent: false });
  cleanUps.push(() => client.destroy());
  const answer = once(client, 'response').then(
    async ([response]: IncomingMessage[]) => {
      let text = '';
      for await (const part of response ?? []) text += String(part);
      return { status: response?.statusCode ?? 0, text };
    },
    () => null,
  );
  client.write(`${JSON.stringify(ITEM)}\n`);
  await until(
    async () => (await fetch(`${url}/api/invoices/${ITEM.InvoiceNo}`)).ok,
    30_000,
    () => 'the first line of the body is not stored',
  );
  return { end: (text) => void client.end(text), answer };
}
