import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { startTestApp, type TestApp } from '../helpers/app.js';

const { Decimal128 } = mongoose.mongo;
const FIRST = {
  InvoiceNo: 'c536365',
  StockCode: ' 85123A ',
  Description: 'WHITE "HANGING" HEART',
  Quantity: '-6.0',
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: '2.5',
  CustomerID: '17850.0',
  Country: 'Côte d’Ivoire',
};
const SECOND = { ...FIRST, StockCode: '22423', Description: '', Quantity: -1, UnitPrice: 12.755 };

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  const answer = await fetch(`${app.url}/invoiceitems`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'cart-1' },
    body: `${JSON.stringify(FIRST)}\n${JSON.stringify(SECOND)}\n`,
  });
  expect(answer.status).toBe(200);
  await app.settled();
});
afterAll(() => app.close());

describe('ingestion-topic', () => {
  it('holds canonical items as JSON under their InvoiceNo, with the headers that were promised', async () => {
    const records = await app.sinks.records(app.settings.kafka.ingestionTopic);

    expect(records.map(({ key }) => String(key))).toEqual(['C536365', 'C536365']);
    expect(records.map(({ value }) => JSON.parse(String(value)) as unknown)).toEqual([
      {
        InvoiceNo: 'C536365',
        StockCode: '85123A',
        Description: 'WHITE "HANGING" HEART',
        Quantity: -6,
        InvoiceDate: '2010-12-01T08:26:00Z',
        UnitPrice: '2.50',
        CustomerID: 17850,
        Country: 'Côte d’Ivoire',
      },
      expect.objectContaining({ Description: null, UnitPrice: '12.755' }),
    ]);
    for (const [index, { headers }] of records.entries()) {
      expect(String(headers['event-id'])).toBe(`cart-1:${index + 1}`);
      expect(String(headers['schema-version'])).toBe('1');
      expect(Date.now() - Date.parse(String(headers['received-at']))).toBeLessThan(120_000);
    }
  });
});

describe('spark-output', () => {
  it('holds one document for the invoice that the micro-batch touched, keyed by its number', async () => {
    const documents = await app.sinks.output();

    expect(documents).toEqual([
      {
        key: 'C536365',
        told: {
          invoiceNo: 'C536365',
          kind: 'cancellation',
          customerId: 17850,
          country: 'Côte d’Ivoire',
          lines: [
            {
              eventId: 'cart-1:1',
              stockCode: '85123A',
              description: 'WHITE "HANGING" HEART',
              quantity: -6,
              invoiceDate: '2010-12-01T08:26:00Z',
              unitPrice: '2.50',
              amount: '-15.00',
            },
            {
              eventId: 'cart-1:2',
              stockCode: '22423',
              description: null,
              quantity: -1,
              invoiceDate: '2010-12-01T08:26:00Z',
              unitPrice: '12.755',
              amount: '-12.755',
            },
          ],
        },
      },
    ]);
  });
});

describe('the invoice in MongoDB', () => {
  it('has typed values: dates, whole numbers and exact money', async () => {
    const date = new Date('2010-12-01T08:26:00Z');
    const invoice = await app.sinks.collection('invoices').findOne({ _id: 'C536365' as never });

    expect(invoice).toMatchObject({
      _id: 'C536365',
      kind: 'cancellation',
      customerId: 17850,
      country: 'Côte d’Ivoire',
      invoiceDate: date,
      lineCount: 2,
      units: -7,
      total: Decimal128.fromString('-27.755'),
    });
    expect(invoice?.['total']).toBeInstanceOf(Decimal128);
    expect(invoice?.['lines']).toMatchObject([
      { eventId: 'cart-1:1', quantity: -6, invoiceDate: date, unitPrice: Decimal128.fromString('2.50') },
      { eventId: 'cart-1:2', description: null, amount: Decimal128.fromString('-12.755') },
    ]);
  });

  it('has the types that a reader in another language sees', async () => {
    const typeOf = (path: string) => ({ $type: path });
    const [types] = await app.sinks
      .collection('invoices')
      .aggregate([
        {
          $project: {
            _id: 0,
            date: typeOf('$invoiceDate'),
            total: typeOf('$total'),
            units: typeOf('$units'),
            lineCount: typeOf('$lineCount'),
            customerId: typeOf('$customerId'),
            lines: typeOf('$lines'),
          },
        },
      ])
      .toArray();

    expect(types).toEqual({
      date: 'date',
      total: 'decimal',
      units: 'int',
      lineCount: 'int',
      customerId: 'int',
      lines: 'array',
    });
  });

  it('stands beside the checkpoint and the micro-batch that stored it', async () => {
    const positions = await app.sinks.positions();
    const [partition] = positions.filter(({ end }) => end > 0);
    const batches = await app.sinks.collection('batches').find().toArray();

    expect(partition).toMatchObject({ start: 0, end: 2, store: 2, output: 2 });
    expect(batches).toEqual([
      expect.objectContaining({ partition: partition?.partition, fromOffset: 0, toOffset: 2, records: 2, stored: 2 }),
    ]);
  });
});
