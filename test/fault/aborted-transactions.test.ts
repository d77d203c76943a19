import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { plainKafka, until } from '../helpers/oracle-sinks.js';

let app: TestApp;
beforeAll(async () => (app = await startTestApp({ DOCSTREAM_PARTITIONS: '1' })));
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

it('counts what waits behind a transaction that another producer leaves open, until that ends', async () => {
  const { ingestionTopic: topic } = app.settings.kafka;
  const producer = plainKafka(app.settings).producer({
    ...{ transactionalId: `${topic}-open`, idempotent: true, maxInFlightRequests: 1 },
  });
  try {
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ key: '538000', value: item('538000') }] });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${app.url}/invoiceitem`, { method: 'POST', headers, body: item('538001') });
    expect(answer.status).toBe(200);
    await untilLag(2);
    await transaction.abort();
    await app.settled();
    await untilLag(0);
    const stored = (await app.sinks.invoices()).map(({ invoiceNo }) => invoiceNo);
    expect(stored.filter((invoiceNo) => invoiceNo.startsWith('538'))).toEqual(['538001']);
  } finally {
    await producer.disconnect();
  }
});

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

function item(InvoiceNo: string): string {
  return JSON.stringify({
    ...{ InvoiceNo, StockCode: '22423', Quantity: 1, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75 },
    Country: 'France',
  });
}
