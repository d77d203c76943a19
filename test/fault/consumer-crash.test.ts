import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { startTestApp, type TestApp, untilReady } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ DOCSTREAM_SESSION_TIMEOUT_MS: '6000' });
});
afterAll(() => app.close());
afterEach(() => {
  jest.restoreAllMocks();
});

/** What kafkajs stops for good at (faults of programming) and what it would restart from by itself. */
const CRASHES: [string, () => Error][] = [
  ['SyntaxError', () => new SyntaxError('forced')],
  ['TypeError', () => new TypeError('forced')],
  ['RangeError', () => new RangeError('forced')],
  ['ReferenceError', () => new ReferenceError('forced')],
  ['KafkaJSNotImplemented', () => Object.assign(new Error('forced'), { name: 'KafkaJSNotImplemented' })],
  ['KafkaJSNoBrokerAvailableError', () => Object.assign(new Error('x'), { name: 'KafkaJSNoBrokerAvailableError' })],
];

describe('a consumer that crashes', () => {
  it.each(CRASHES)('with %s in a fetch is made anew, and what comes is processed', async (name, crash) => {
    let crashes = 0;
    const group = ConsumerGroup.prototype as unknown as { fetch(nodeId: string): Promise<unknown> };
    const fetching = jest.spyOn(group, 'fetch').mockImplementation(() => {
      crashes += 1;
      return Promise.reject(crash());
    });
    await until(
      () => crashes > 0,
      20_000,
      () => 'nothing was fetched',
    );
    await until(
      async () => (await fetch(`${app.url}/health/ready`)).status === 503,
      30_000,
      () => 'readiness does not tell of the crash',
    );
    fetching.mockRestore();

    const invoiceNo = String(536_000 + CRASHES.findIndex(([crashName]) => crashName === name));
    await post(invoiceNo);
    await until(
      async () => (await fetch(`${app.url}/api/invoices/${invoiceNo}`)).ok,
      30_000,
      () => 'what was posted after the crash is not processed',
    );
    await untilReady(app.url);
  });
});

async function post(InvoiceNo: string): Promise<void> {
  const sale = { StockCode: '22423', Quantity: 1, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75, Country: 'France' };
  const answer = await fetch(`${app.url}/invoiceitem`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...sale, InvoiceNo }),
  });
  expect(answer.status).toBe(200);
}
