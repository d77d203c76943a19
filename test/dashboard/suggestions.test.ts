import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import request from 'supertest';
import { loadSettings } from '../../src/config.js';
import { MoneyFormat } from '../../src/dashboard/pages/money-format.js';
import { Suggestions } from '../../src/dashboard/pages/suggestions.js';
import type { InvoiceFinder, SummaryReader } from '../../src/store/index.js';
import { Invoice } from '../../src/store/invoice.schema.js';
import { timesEach } from '../helpers/times-each.js';
import { type SeededApp, startSeededApp } from './seeded-app.js';
import { item, records, seeded } from './shop.js';

const COUNT = 3_000;

let app: SeededApp;
const suggest = async (query: string) => {
  const { body } = await request(app.server).get(`/dashboard/search/suggestions?${query}`).expect(200);
  return (body as { items: { value: string; note: string; href: string }[] }).items;
};
const values = async (query: string) => (await suggest(query)).map(({ value }) => value);

beforeAll(async () => {
  app = await startSeededApp();
  const lines = [
    ...Array.from({ length: COUNT }, (_, n) => {
      const at = new Date(Date.UTC(2010, 11, 1) + n * 3_600_000).toISOString().slice(0, 19);
      return item({ InvoiceNo: String(536_000 + n), InvoiceDate: `${at}Z`, CustomerID: 17_000 + (n % 300) });
    }),
    item({ InvoiceNo: 'C536999', Quantity: -2 }),
    item({ InvoiceNo: 'C536999', Quantity: -1, CustomerID: null, Country: 'France' }),
    item({ InvoiceNo: 'C536999', Quantity: -1, CustomerID: 17_999 }),
    item({ InvoiceNo: 'A563185', CustomerID: null }),
  ];
  await app.apply(0, records(0, 0, lines));
});
afterAll(() => app.close());

describe('suggestions', () => {
  it.each([
    ['invoiceNo=536365', ['536365']],
    ['invoiceNo=53636', ['536360', '536361', '536362', '536363', '536364', '536365', '536366', '536367']],
    ['invoiceNo=%20c5369', ['C536999']],
    ['invoiceNo=a5631', ['A563185']],
    ['invoiceNo=999', []],
    ['invoiceNo=%24where', []],
    ['invoiceNo=5*', []],
    ['customerId=17850', ['17850']],
    ['customerId=x', []],
    ['', []],
  ])('for %s are %j', async (query, expected) => {
    expect((await values(query)).sort()).toEqual(expected);
  });

  it('of a short beginning all begin so, and are found in far less time than all that do', async () => {
    await values('invoiceNo=5');
    const invoices = app.app.get<Model<Invoice>>(getModelToken(Invoice.name), { strict: false });
    const readAll = () => invoices.collection.find({ kind: 'sale' }).toArray();
    for (const typed of ['5', '53', '536', '5360']) {
      const ratios = await timesEach(3, () => values(`invoiceNo=${typed}`), readAll);
      expect(Math.min(...ratios)).toBeLessThan(0.5);
      const found = await values(`invoiceNo=${typed}`);
      expect(found).toHaveLength(8);
      for (const value of found) expect(value.startsWith(typed)).toBe(true);
    }
  });

  it('say what they are and lead there', async () => {
    expect(await suggest('invoiceNo=536001')).toEqual([
      { value: '536001', note: '1 Dec 2010 · Customer 17001 · £15.30', href: '/dashboard/invoices/536001' },
    ]);
    expect((await suggest('customerId=17001'))[0]).toEqual({
      ...{ value: '17001', note: '10 invoices · £153.00', href: '/dashboard/customers/17001' },
    });
  });
});

describe('a number that is not there', () => {
  const page = async (path: string) =>
    (await request(app.server).get(path).set('accept', 'text/html').expect(404)).text;
  const linked = (html: string) =>
    [...html.matchAll(/href="\/dashboard\/(?:invoices|customers)\/(\w+)"/g)].map(([, no]) => no);

  it('leads to the nearest invoices', async () => {
    expect(linked(await page('/dashboard/invoices/539002'))).toEqual([
      ...['538992', '538993', '538994', '538995', '538996', '538997', '538998', '538999'],
    ]);
    expect(linked(await page('/dashboard/invoices/C537000'))).toEqual(['C536999']);
    expect(linked(await page('/dashboard/invoices/1'))).toEqual([]);
  });

  it('leads to the nearest customers', async () => {
    expect(linked(await page('/dashboard/customers/17301')).slice(0, 2)).toEqual(['17299', '17298']);
  });
});

describe('the customers nearest to a number', () => {
  const LIMIT = 8;
  const random = seeded(5);
  const drawn = Array.from({ length: 40_000 }, () => 1 + Math.floor(random() * 2_000_000));
  const tally = { revenue: 0n, lines: 1, units: 1, invoices: 1 };
  const customers = new Map(drawn.map((id) => [String(id), { ...tally, revenue: BigInt(id % 1_000) }]));
  const summaries = { read: () => Promise.resolve({ sum: { customers } }) } as unknown as SummaryReader;
  const suggestions = new Suggestions({} as InvoiceFinder, summaries, new MoneyFormat(loadSettings({})));
  const ranked = [...customers].sort(([, a], [, b]) => (a.revenue < b.revenue ? 1 : -1)).map(([id]) => id);
  const sorted = (to: number) => {
    const distance = (id: string) => Math.abs(Number(id) - to);
    return [...ranked].sort((a, b) => distance(a) - distance(b)).slice(0, LIMIT);
  };

  it.each([1, 999_999, 1_000_000, 3_000_000])('%i are found, equally near ones by their revenue', async (to) => {
    const found = (await suggestions.customersNear(to)).map(({ value }) => value);

    expect(found).toEqual(sorted(to));
  });

  it('are found in far less time than it takes to sort all of them', async () => {
    await suggestions.customersNear(1);
    const near = () => suggestions.customersNear(500_000);
    const sorting = () => Promise.resolve(sorted(500_000));

    expect(Math.min(...(await timesEach(5, near, sorting)))).toBeLessThan(1 / 3);
  });
});

describe('the file of an invoice', () => {
  it('has the customer and the country that each line itself has', async () => {
    const { text } = await request(app.server).get('/dashboard/invoices/C536999.csv').expect(200);
    const rows = text
      .trim()
      .split('\r\n')
      .map((row) => row.split(',').slice(6, 8));

    expect(rows).toEqual([
      ...[
        ['CustomerID', 'Country'],
        ['17850', 'United Kingdom'],
      ],
      ...[
        ['', 'France'],
        ['17999', 'United Kingdom'],
      ],
    ]);
  });
});

describe('the file of a customer', () => {
  it('has every invoice, newest first', async () => {
    const { text, headers } = await request(app.server).get('/dashboard/customers/17001.csv').expect(200);
    expect(headers['content-disposition']).toBe('attachment; filename="customer-17001.csv"');
    const rows = text.trim().split('\r\n');
    expect(rows[0]).toBe('InvoiceNo,Kind,InvoiceDate,CustomerID,Country,Lines,Total');
    expect(rows[1]).toBe('538701,sale,2011-03-23T13:00:00Z,17001,United Kingdom,1,15.30');
    expect(rows).toHaveLength(11);
    await request(app.server).get('/dashboard/customers/5.csv').expect(404);
  });
});
