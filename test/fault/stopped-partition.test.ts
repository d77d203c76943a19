import { afterEach, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import { plainKafka, until } from '../helpers/oracle-sinks.js';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a partition that stopped because Kafka is older than the store', () => {
  it('makes the instance unready, tells readers why, and leaves the readers and the posts working', async () => {
    const before = await appBehindItsStore();

    const app = await startTestApp(before.environment);
    cleanUps.push(() => app.close());
    await until(
      async () => {
        const { status, body } = await get(app, '/health/ready');
        return status === 503 && body.includes('partition 0 has stopped');
      },
      30_000,
      () => 'readiness does not say that the partition stopped',
    );

    // Why, which may name hosts, is for whoever may read.
    expect((await get(app, '/health/ready')).body).not.toContain('beyond the end of the log');
    expect((await get(app, '/api/pipeline')).body).toMatch(/beyond the end of the log/);
    expect((await get(app, '/health/live')).status).toBe(200);
    expect((await get(app, '/api/invoices/536365')).status).toBe(200);
    expect(await post(app, '536366')).toBe(200);
    expect((await get(app, '/api/invoices/536366')).status).toBe(404);
  });

  it('is told by the other instances and by doctor, as long as nobody has gone on with it', async () => {
    const before = await appBehindItsStore();
    const { environment } = before;
    const reader = await startTestApp({ ...environment, DOCSTREAM_ROLES: 'dashboard' });
    cleanUps.push(() => reader.close());
    expect(await stoppedOf(reader)).toEqual([]);

    const stopped = await startTestApp(environment);
    await until(
      async () => (await stoppedOf(reader)).length > 0,
      30_000,
      () => 'the other instance does not know that the partition has stopped',
    );
    // Whoever looks for the cause may have taken that instance away.
    await stopped.close();
    const reason: unknown = expect.stringMatching(/^the store stands at 1, beyond the end of the log \(0\)/);
    expect(await stoppedOf(reader)).toEqual([{ partition: 0, reason }]);
    expect((await get(reader, '/dashboard/pipeline')).body).toContain('Partition 0 has stopped: the store stands at 1');
    const diagnosis = await Instance.command(['doctor'], environment);
    expect(diagnosis.code).toBe(1);
    expect(diagnosis.output).toMatch(/^FAIL {2}partition \S+-ingestion:0: has stopped: the store stands at 1, .* -> /m);

    // What an operator does who gives the log up: it reaches as far as the store again, and the group's offset is set.
    const taker = await startTestApp({ ...environment, DOCSTREAM_ROLES: 'ingest' });
    cleanUps.push(() => taker.close());
    expect(await post(taker, '536366')).toBe(200);
    await setOffset(before, '1');
    const mended = await startTestApp(environment);
    cleanUps.push(() => mended.close());
    await until(
      async () => (await stoppedOf(reader)).length === 0,
      30_000,
      () => 'the other instance does not know that the partition goes on',
    );
  });
});

/** An app that has ended, whose store has a line of a topic that is gone. */
async function appBehindItsStore(): Promise<TestApp> {
  const before = await startTestApp({ DOCSTREAM_PARTITIONS: '1' });
  try {
    expect(await post(before, '536365')).toBe(200);
    await before.settled();
  } finally {
    await before.close();
  }
  await deleteTopic(before);
  return before;
}

async function setOffset({ settings }: TestApp, offset: string): Promise<void> {
  const { groupId, ingestionTopic: topic } = settings.kafka;
  const admin = plainKafka(settings).admin();
  await admin.connect();
  try {
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset }] });
  } finally {
    await admin.disconnect();
  }
}

async function stoppedOf(app: TestApp): Promise<unknown[]> {
  const { body } = await get(app, '/api/pipeline');
  return (JSON.parse(body) as { engines: { consumer: { stopped: unknown[] } } }).engines.consumer.stopped;
}

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
