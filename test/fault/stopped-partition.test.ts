import { afterEach, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { plainKafka, until } from '../helpers/oracle-sinks.js';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a partition that stopped because Kafka is older than the store', () => {
  it('makes the instance unready, says why, and leaves the readers and the posts working', async () => {
    const before = await startTestApp({ DOCSTREAM_PARTITIONS: '1' });
    try {
      expect(await post(before, '536365')).toBe(200);
      await before.settled();
    } finally {
      await before.close();
    }
    await deleteTopic(before);

    const app = await startTestApp(before.environment);
    cleanUps.push(() => app.close());
    await until(
      async () => {
        const { status, body } = await get(app, '/health/ready');
        return status === 503 && body.includes('beyond the end of the log');
      },
      30_000,
      () => 'readiness does not say why the partition stopped',
    );

    expect((await get(app, '/api/pipeline')).body).toMatch(/beyond the end of the log/);
    expect((await get(app, '/health/live')).status).toBe(200);
    expect((await get(app, '/api/invoices/536365')).status).toBe(200);
    expect(await post(app, '536366')).toBe(200);
    expect((await get(app, '/api/invoices/536366')).status).toBe(404);
  });
});

async function post({ url }: TestApp, InvoiceNo: string): Promise<number> {
  const sale = { StockCode: '22423', Quantity: 1, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75 };
  const answer = await fetch(`${url}/invoiceitem`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...sale, InvoiceNo, Country: 'France' }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function get({ url }: TestApp, path: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(url + path);
  return { status: answer.status, body: await answer.text() };
}

async function deleteTopic({ settings }: TestApp): Promise<void> {
  const admin = plainKafka(settings).admin();
  await admin.connect();
  try {
    const topic = settings.kafka.ingestionTopic;
    await admin.deleteTopics({ topics: [topic] });
    await until(
      async () => !(await admin.listTopics()).includes(topic),
      20_000,
      () => 'the topic is not gone',
    );
  } finally {
    await admin.disconnect();
  }
}
