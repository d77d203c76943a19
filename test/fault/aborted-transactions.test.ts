import type { Transaction } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { plainKafka, until } from '../helpers/oracle-sinks.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ DOCSTREAM_PARTITIONS: '1', DOCSTREAM_SESSION_TIMEOUT_MS: '6000' });
});
afterAll(() => app.close());

it('stores what several transactional producers committed and nothing that they aborted', async () => {
  const { ingestionTopic: topic } = app.settings.kafka;
  const kafka = plainKafka(app.settings);
  const producers = ['a', 'b', 'c'].map((name) =>
    kafka.producer({ transactionalId: `${topic}-${name}`, idempotent: true, maxInFlightRequests: 1 }),
  );
  try {
    await Promise.all(producers.map((producer) => producer.connect()));
    let sent = 0;
    // In each round all transactions are open at once, the last to begin is the first to end, and one or none is kept.
    for (let round = 0; round < 8; round += 1) {
      const open = [];
      for (const [n, producer] of producers.entries()) {
        const isKept = n === round % 4;
        const transaction = await producer.transaction();
        const invoiceNo = String((isKept ? 536_000 : 537_000) + sent++);
        await transaction.send({ topic, messages: [{ key: invoiceNo, value: item(invoiceNo) }] });
        open.unshift({ transaction, isKept });
      }
      for (const { transaction, isKept } of open) await (isKept ? transaction.commit() : transaction.abort());
    }
    // Also past the aborted transactions at the end of the log.
    await app.settled();
    const kept = ['536000', '536004', '536008', '536012', '536016', '536020'];
    expect((await app.sinks.invoices()).map(({ invoiceNo }) => invoiceNo).sort()).toEqual(kept);
    const output = await app.sinks.output();
    expect(output.map(({ key }) => key).sort()).toEqual(kept);
    expect(await app.sinks.collection('deadLetters').countDocuments()).toBe(0);
  } finally {
    await Promise.all(producers.map((producer) => producer.disconnect()));
  }
});

it.each([
  ['its producer ends it', '538', (transaction: Transaction) => transaction.abort()],
  ['Kafka ends it, whose time for it is over', '539', () => Promise.resolve()],
])(
  'counts what waits behind a transaction that another producer leaves open, and is not ready, until %s',
  async (_, prefix, end) => {
    const { ingestionTopic: topic } = app.settings.kafka;
    const producer = plainKafka(app.settings).producer({
      ...{
        transactionalId: `${topic}-${prefix}`,
        idempotent: true,
        maxInFlightRequests: 1,
        transactionTimeout: 45_000,
      },
    });
    try {
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ key: `${prefix}000`, value: item(`${prefix}000`) }] });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${app.url}/invoiceitem`, { method: 'POST', headers, body: item(`${prefix}001`) });
      expect(answer.status).toBe(200);
      await untilLag(2);
      await untilReadiness(503, /has not moved/);
      await end(transaction);
      await app.settled();
      await untilLag(0);
      await untilReadiness(200, /"status":"ok"/);
      const stored = (await app.sinks.invoices()).map(({ invoiceNo }) => invoiceNo);
      expect(stored.filter((invoiceNo) => invoiceNo.startsWith(prefix))).toEqual([`${prefix}001`]);
    } finally {
      await producer.disconnect();
    }
  },
);

/** What the pipeline tells is looked at every few seconds. */
async function untilLag(wanted: number): Promise<void> {
  let lag: number | undefined;
  await until(
    async () => {
      const answer = await fetch(`${app.url}/api/pipeline`);
      const { partitions } = (await answer.json()) as { partitions: { lag: number }[] };
      lag = partitions[0]?.lag;
      return lag === wanted;
    },
    30_000,
    () => `the lag is ${lag}, not ${wanted}`,
  );
}

async function untilReadiness(status: number, said: RegExp): Promise<void> {
  let last = '';
  await until(
    async () => {
      const answer = await fetch(`${app.url}/health/ready`);
      last = `${answer.status} ${await answer.text()}`;
      return answer.status === status && said.test(last);
    },
    60_000,
    () => `readiness says ${last}`,
  );
}

function item(InvoiceNo: string): string {
  return JSON.stringify({
    ...{ InvoiceNo, StockCode: '22423', Quantity: 1, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75 },
    Country: 'France',
  });
}
