import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type SeededApp, startSeededApp } from './seeded-app.js';
import { item, records } from './shop.js';

const COUNT = 3_000;

let seeded: SeededApp;
const suggest = async (query: string) => {
  const { body } = await request(seeded.server).get(`/dashboard/search/suggestions?${query}`).expect(200);
  return (body as { items: { value: string; note: string; href: string }[] }).items;
};
const values = async (query: string) => (await suggest(query)).map(({ value }) => value);

beforeAll(async () => {
  seeded = await startSeededApp();
  const lines = [
    ...Array.from({ length: COUNT }, (_, n) => {
      const at = new Date(Date.UTC(2010, 11, 1) + n * 3_600_000).toISOString().slice(0, 19);
      return item({ InvoiceNo: String(536_000 + n), InvoiceDate: `${at}Z`, CustomerID: 17_000 + (n % 300) });
    }),
    item({ InvoiceNo: 'C536999', Quantity: -2 }),
    item({ InvoiceNo: 'A563185', CustomerID: null }),
  ];
  await seeded.apply(0, records(0, 0, lines));
});
afterAll(() => seeded.close());

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

  it('of a short beginning all begin so, and are found without reading all that do', async () => {
    await values('invoiceNo=5');
    for (const typed of ['5', '53', '536', '5360']) {
      const startedAtMs = performance.now();
      const found = await values(`invoiceNo=${typed}`);
      // Reading the three thousand that begin so takes the local store more than a second.
      expect(performance.now() - startedAtMs).toBeLessThan(700);
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
    (await request(seeded.server).get(path).set('accept', 'text/html').expect(404)).text;
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

describe('the file of a customer', () => {
  it('has every invoice, newest first', async () => {
    const { text, headers } = await request(seeded.server).get('/dashboard/customers/17001.csv').expect(200);
    expect(headers['content-disposition']).toBe('attachment; filename="customer-17001.csv"');
    const rows = text.trim().split('\r\n');
    expect(rows[0]).toBe('InvoiceNo,Kind,InvoiceDate,CustomerID,Country,Lines,Total');
    expect(rows[1]).toBe('538701,sale,2011-03-23T13:00:00Z,17001,United Kingdom,1,15.30');
    expect(rows).toHaveLength(11);
    await request(seeded.server).get('/dashboard/customers/5.csv').expect(404);
  });
});
