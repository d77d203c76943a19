import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { plainKafka } from '../helpers/oracle-sinks.js';

/** A row of the least that a line may have: its record is mostly headers. */
const row = (invoiceNo: number | string) => `${invoiceNo},A,1,2010-12-01,1,U\n`;
const HEADER = 'InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country\n';
const LINES = 9_000;

async function post(app: TestApp, csv: string, key: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${app.url}/invoiceitems`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv; charset=utf-8', 'idempotency-key': key },
    body: csv,
  });
  return { status: answer.status, text: await answer.text() };
}

async function lineCounts(app: TestApp): Promise<number[]> {
  await app.settled();
  const invoices = await app.sinks.invoices();
  return invoices.map(({ lines }) => lines.length);
}

async function linesOut(app: TestApp): Promise<number> {
  return (await app.sinks.output()).reduce((sum, { told }) => sum + told.lines.length, 0);
}

describe('a topic with the limit that Kafka has by itself', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('takes a body of the shortest lines, all of one invoice and with the longest ids of events', async () => {
    const body = HEADER + row(900_001).repeat(LINES);
    const { status, text } = await post(app, body, 'k'.repeat(230));
    expect({ status, text }).toEqual({ status: 200, text: expect.stringContaining(`"accepted":${LINES}`) });
    expect(await lineCounts(app)).toEqual([LINES]);
    expect(await linesOut(app)).toBe(LINES);
  });
});

describe('topics that take less than usual, as DOCSTREAM_MESSAGE_BYTES_MAX says', () => {
  const LIMIT = 100_000;
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ DOCSTREAM_MESSAGE_BYTES_MAX: String(LIMIT) });
    const { ingestionTopic, outputTopic, deadLetterTopic } = app.settings.kafka;
    const admin = plainKafka(app.settings).admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: String(LIMIT) }];
    const type = kafkajs.ConfigResourceTypes.TOPIC;
    const resources = [ingestionTopic, outputTopic, deadLetterTopic].map((name) => ({ type, name, configEntries }));
    await admin.alterConfigs({ validateOnly: false, resources });
    await admin.disconnect();
  });
  afterAll(() => app.close());

  it('take posts, bodies and documents that are cut at the limit', async () => {
    const bodies = [row(900_002).repeat(LINES), Array.from({ length: LINES }, (_, n) => row(910_000 + n)).join('')];
    const answers = await Promise.all([
      ...bodies.map((body, n) => post(app, HEADER + body, `${n}`.repeat(64))),
      ...Array.from({ length: 200 }, (_, n) => single(app, n)),
    ]);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const counts = await lineCounts(app);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2 * LINES + 200);
    expect(await linesOut(app)).toBe(2 * LINES + 200);
  });

  async function single({ url }: TestApp, n: number): Promise<{ status: number; text: string }> {
    const item = { InvoiceNo: `90000${n % 2}`, StockCode: 'B', Quantity: 1, InvoiceDate: '2010-12-01', UnitPrice: 1 };
    const answer = await fetch(`${url}/invoiceitem`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `${'single'.repeat(30)}-${n}` },
      body: JSON.stringify({ ...item, Description: 'x'.repeat(250), Country: 'U' }),
    });
    return { status: answer.status, text: await answer.text() };
  }
});
