import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Message } from 'kafkajs';
import request from 'supertest';
import { startTestApp, type TestApp, untilReady } from '../helpers/app.js';
import { KAFKA_CLASSPATH } from '../helpers/engines.js';
import { plainKafka, type TopicRecord } from '../helpers/oracle-sinks.js';

const GOOD = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: 6,
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: 2.55,
  CustomerID: 17850,
  Country: 'United Kingdom',
};
const good = (changes: object = {}) => JSON.stringify({ ...GOOD, ...changes });

/** What each record must become; `fields` are those that the dead letter complains about. */
const GARBAGE: { name: string; message: Message; reason: string; fields?: string[] }[] = [
  { name: 'plain text', message: { key: 'a', value: 'hello' }, reason: 'not-json' },
  { name: 'plain text without a key', message: { key: null, value: 'hello again' }, reason: 'not-json' },
  {
    name: 'bytes',
    message: { key: Buffer.from([0, 255]), value: Buffer.from([255, 254, 0, 1, 128]) },
    reason: 'not-json',
  },
  { name: 'JSON that ends too soon', message: { key: 'b', value: good().slice(0, -1) }, reason: 'not-json' },
  {
    name: 'JSON in broken UTF-8',
    message: { key: 'b', value: Buffer.from(good({ Description: 'é' }), 'latin1') },
    reason: 'not-json',
  },
  { name: 'an empty value', message: { key: 'c', value: '' }, reason: 'empty' },
  { name: 'a tombstone', message: { key: 'c', value: null }, reason: 'empty' },
  { name: 'JSON null', message: { key: 'd', value: 'null' }, reason: 'not-json' },
  { name: 'a JSON array', message: { key: 'd', value: `[${good()}]` }, reason: 'not-json' },
  { name: 'a JSON number', message: { key: 'd', value: '42' }, reason: 'not-json' },
  {
    name: 'an item without most fields',
    message: { key: 'e', value: '{"InvoiceNo":"1"}' },
    reason: 'invalid-item',
    fields: ['StockCode', 'Quantity', 'InvoiceDate', 'UnitPrice', 'Country'],
  },
  {
    name: 'an item with bad values',
    message: { key: 'e', value: good({ Quantity: 0, UnitPrice: 'NaN' }) },
    reason: 'invalid-item',
    fields: ['Quantity', 'UnitPrice'],
  },
  {
    name: 'an item with a field too many',
    message: { key: 'e', value: good({ Discount: 1 }) },
    reason: 'invalid-item',
    fields: ['Discount'],
  },
  {
    name: 'an item with a field named body',
    message: { key: 'e', value: good({ body: 1 }) },
    reason: 'invalid-item',
    fields: ['body'],
  },
  {
    name: 'an item that reaches for the prototype',
    message: { key: 'e', value: `${good().slice(0, -1)},"__proto__":{"x":1}}` },
    reason: 'invalid-item',
    fields: ['__proto__'],
  },
  {
    name: 'an event id with blanks',
    message: { key: 'f', value: good(), headers: { 'event-id': 'two words' } },
    reason: 'invalid-event-id',
    fields: ['event-id'],
  },
  {
    name: 'an empty event id',
    message: { key: 'f', value: good(), headers: { 'event-id': '' } },
    reason: 'invalid-event-id',
    fields: ['event-id'],
  },
  {
    name: 'an event id of 300 characters',
    message: { key: 'f', value: good(), headers: { 'event-id': 'x'.repeat(300) } },
    reason: 'invalid-event-id',
    fields: ['event-id'],
  },
  {
    name: 'headers named like an object’s parts',
    message: { key: 'g', value: 'text', headers: { constructor: 'a', toString: 'b', ['__proto__']: 'c' } },
    reason: 'not-json',
  },
  {
    name: 'a time before the beginning of time',
    message: { key: 'g', value: 'text of long ago', timestamp: '-9000000000000000' },
    reason: 'not-json',
  },
  ...['-100000000000000', '-62135596800001', '-62135596800000'].map((timestamp) => ({
    name: `the time ${timestamp}, of another age`,
    message: { key: 'g', value: 'text of another age', timestamp },
    reason: 'not-json',
  })),
  {
    name: 'lists within lists, deeper than they can be written again',
    message: {
      key: 'g',
      value: good().replace(/"Quantity":[^,]+/, `"Quantity":${'['.repeat(50_000)}${']'.repeat(50_000)}`),
    },
    reason: 'invalid-item',
    fields: ['Quantity'],
  },
  { name: 'a large value', message: { key: 'h', value: 'x'.repeat(900_000) }, reason: 'not-json' },
];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ DOCSTREAM_PARTITIONS: '1' });
  await produce(GARBAGE.map(({ message }) => message));
  await produce([{ key: GOOD.InvoiceNo, value: good(), headers: { 'event-id': 'after-the-garbage' } }]);
});
afterAll(() => app.close());

describe('garbage in the topic', () => {
  it('stops nothing: what comes after it is stored', async () => {
    await app.settled();

    expect(await invoice('536365')).toMatchObject({ lines: [{ eventId: 'after-the-garbage' }], total: '15.30' });
    await untilReady(app.url);
  });

  it('becomes dead letters in the topic, byte for byte and with its own headers', async () => {
    await app.settled();
    const letters = await app.sinks.records(app.settings.kafka.deadLetterTopic);

    expect(letters).toHaveLength(GARBAGE.length);
    for (const [index, { message, reason }] of GARBAGE.entries()) {
      const letter = letters[index];
      expect(textOf(letter)).toEqual(textOf(message));
      for (const [name, value] of Object.entries(message.headers ?? {})) {
        const header = letter?.headers[name];
        expect([name, String(Array.isArray(header) ? header.at(-1) : header)]).toEqual([name, String(value ?? '')]);
      }
      expect(header(letter, 'dead-letter-reason')).toBe(reason);
      expect(header(letter, 'dead-letter-topic')).toBe(app.settings.kafka.ingestionTopic);
      expect(header(letter, 'dead-letter-partition')).toBe('0');
      expect(header(letter, 'dead-letter-offset')).toBe(String(index));
      expect(header(letter, 'dead-letter-message')).not.toBe('');
    }
  });

  it.each(GARBAGE.map((entry, index) => ({ ...entry, index })))(
    'becomes a dead letter in the store with a typed reason: $name',
    async ({ index, message, reason, fields }) => {
      await app.settled();
      const id = `${app.settings.kafka.ingestionTopic}:0:${index}`;
      const stored = await app.sinks.collection('deadLetters').findOne({ _id: id as never });

      expect(stored).toMatchObject({ reason, topic: app.settings.kafka.ingestionTopic, partition: 0, offset: index });
      expect(bytesOf(stored?.['value'])).toEqual(bytesOf(message.value));
      expect(bytesOf(stored?.['key'])).toEqual(bytesOf(message.key ?? null));
      if (fields !== undefined) {
        const errors = stored?.['errors'] as { field: string }[];
        expect(errors.map(({ field }) => field).sort()).toEqual([...fields].sort());
      }
      const told = await fetch(`${app.url}/api/dead-letters/${encodeURIComponent(id)}`);
      expect(told.status).toBe(200);
      expect(await told.json()).toMatchObject({
        id,
        reason,
        value: bytesOf(message.value)?.toString('base64') ?? null,
      });
      const page = await fetch(`${app.url}/dashboard/dead-letters/${encodeURIComponent(id)}`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Replay')]);
    },
  );
});

it('the page of dead letters shows them by day, whatever their time is', async () => {
  await app.settled();
  const answer = await fetch(`${app.url}/dashboard/dead-letters`);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('0001-01-01');
});

describe('plain JSON by another producer', () => {
  it('is stored under its position when it has no event id, also without a key', async () => {
    const [{ baseOffset } = {}] = await produce([
      { key: null, value: good({ InvoiceNo: '900001' }) },
      { key: '900001', value: good({ InvoiceNo: 900001, Quantity: '6.0', CustomerID: '17850.0' }) },
    ]);
    await app.settled();

    const topic = app.settings.kafka.ingestionTopic;
    expect(await invoice('900001')).toMatchObject({
      lines: [{ eventId: `${topic}:0:${baseOffset}` }, { eventId: `${topic}:0:${Number(baseOffset) + 1}` }],
      units: 12,
      customerId: 17850,
    });
  });

  it('may name its event in a header or in the item', async () => {
    await produce([
      { key: null, value: good({ InvoiceNo: '900002' }), headers: { 'event-id': 'in-the-header' } },
      { key: null, value: good({ InvoiceNo: '900002', EventId: 'in-the-item' }) },
      { key: null, value: good({ InvoiceNo: '900002', EventId: 'in-the-item' }) },
    ]);
    await app.settled();

    expect(await invoice('900002')).toMatchObject({
      lines: [{ eventId: 'in-the-header' }, { eventId: 'in-the-item' }],
    });
  });
});

describe('headers without a value, as the Java client may send them', () => {
  it('name no event, and stay on a dead letter and on its replay', async () => {
    const records = ['event-id', good({ InvoiceNo: '900003' }), 'note', 'text with an empty note'];
    const { ingestionTopic: topic, deadLetterTopic, brokers } = app.settings.kafka;
    const args = [
      '-cp',
      KAFKA_CLASSPATH,
      resolve('test/flow/NullHeaderProducer.java'),
      String(brokers),
      topic,
      ...records,
    ];
    await promisify(execFile)('java', args);
    await app.settled();

    expect(await invoice('900003')).toMatchObject({ lines: [{ eventId: expect.stringContaining(`${topic}:0:`) }] });
    const letters = await app.sinks.records(deadLetterTopic);
    const letter = letters.find(({ value }) => String(value) === 'text with an empty note');
    expect(letter?.headers).toMatchObject({ note: null });

    const { body } = await request(app.url).get('/api/dead-letters?reason=not-json&limit=200').expect(200);
    const { items } = body as { items: { id: string; headers: object; value: string }[] };
    const listed = items.find(({ value }) => value === btoa('text with an empty note'));
    expect(listed?.headers).toEqual({ note: null });
    await request(app.url).post(`/api/dead-letters/${listed?.id}/replay`).expect(200);
    const sent = (await app.sinks.records(topic)).findLast(({ value }) => String(value) === 'text with an empty note');
    expect(sent?.headers).toMatchObject({ note: null, 'replay-of': expect.anything() });
  });
});

describe('transactions of another producer', () => {
  it('count when they are committed, leave nothing when they are aborted, and hold up nobody', async () => {
    const producer = plainKafka(app.settings).producer({
      transactionalId: `other-${app.settings.kafka.groupId}`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    try {
      for (const [InvoiceNo, end] of [
        ['900011', 'commit'],
        ['900012', 'abort'],
      ] as const) {
        const transaction = await producer.transaction();
        const messages = [{ key: InvoiceNo, value: good({ InvoiceNo }) }];
        await transaction.send({ topic: app.settings.kafka.ingestionTopic, messages });
        await transaction[end]();
      }
    } finally {
      await producer.disconnect();
    }
    await app.settled();

    expect(await invoice('900011')).toMatchObject({ lineCount: 1 });
    expect((await fetch(`${app.url}/api/invoices/900012`)).status).toBe(404);
  });
});

async function produce(messages: Message[]) {
  const producer = plainKafka(app.settings).producer();
  await producer.connect();
  try {
    return await producer.send({ topic: app.settings.kafka.ingestionTopic, messages });
  } finally {
    await producer.disconnect();
  }
}

async function invoice(invoiceNo: string): Promise<unknown> {
  const answer = await fetch(`${app.url}/api/invoices/${invoiceNo}`);
  expect(answer.status).toBe(200);
  return answer.json();
}

function bytesOf(value: unknown): Buffer | null {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value;
  return typeof value === 'string' ? Buffer.from(value) : (value as { buffer: Buffer }).buffer;
}

function textOf(record: Pick<Message, 'key' | 'value'> | TopicRecord | undefined) {
  const hex = (value: unknown) => bytesOf(value)?.toString('hex') ?? null;
  return { key: hex(record?.key), value: hex(record?.value) };
}

function header(record: TopicRecord | undefined, name: string): string {
  return String(record?.headers[name]);
}
