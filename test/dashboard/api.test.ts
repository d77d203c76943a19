import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { SummaryController } from '../../src/dashboard/api/summary.controller.js';
import { emptyPeriod } from '../../src/invoice/index.js';
import type { SummaryReader } from '../../src/store/index.js';
import { type SeededApp, startSeededApp } from './seeded-app.js';
import { item, records } from './shop.js';

let seeded: SeededApp;
const get = (path: string) => request(seeded.server).get(path);

beforeAll(async () => {
  seeded = await startSeededApp();
  await seeded.apply(
    0,
    records(0, 0, [
      item(),
      item({ StockCode: '71053', Description: null, Quantity: 2, UnitPrice: '3.391' }),
      item({ InvoiceNo: 'C536400', Quantity: -1, InvoiceDate: '2010-12-02T10:00:00Z' }),
      item({ InvoiceNo: '536366', CustomerID: null, Country: 'France', InvoiceDate: '2010-12-03T00:00:00Z' }),
    ]),
  );
});
afterAll(() => seeded.close());

describe('GET /api/invoices/:invoiceNo', () => {
  it('answers one invoice with its lines, exact money and UTC dates', async () => {
    const { body, headers } = await get('/api/invoices/536365').expect(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(body).toEqual({
      invoiceNo: '536365',
      kind: 'sale',
      customerId: 17850,
      country: 'United Kingdom',
      invoiceDate: '2010-12-01T08:26:00Z',
      lines: [
        {
          eventId: 'event-0-0',
          stockCode: '85123A',
          description: 'WHITE HANGING HEART T-LIGHT HOLDER',
          quantity: 6,
          invoiceDate: '2010-12-01T08:26:00Z',
          unitPrice: '2.55',
          amount: '15.30',
        },
        {
          eventId: 'event-0-1',
          stockCode: '71053',
          description: null,
          quantity: 2,
          invoiceDate: '2010-12-01T08:26:00Z',
          unitPrice: '3.391',
          amount: '6.782',
        },
      ],
      lineCount: 2,
      units: 8,
      total: '22.082',
    });
  });

  it('takes the number in either case', async () => {
    const { body } = await get('/api/invoices/c536400').expect(200);
    expect(body).toMatchObject({ invoiceNo: 'C536400', kind: 'cancellation', units: -1, total: '-2.55' });
  });

  it('answers HEAD without a body', async () => {
    const { text } = await request(seeded.server).head('/api/invoices/536365').expect(200);
    expect(text ?? '').toBe('');
  });

  it.each(['999999', 'nonsense', '536365abc', '%00', '..%2F..', 'C', '1234567890123', '%F0%9F%98%80'])(
    'answers 404 with a problem for %s',
    async (number) => {
      const { body } = await get(`/api/invoices/${number}`)
        .expect(404)
        .expect('content-type', /application\/problem\+json/);
      expect(body).toMatchObject({ status: 404, title: 'Not Found' });
    },
  );
});

describe('GET /api/customers/:customerId', () => {
  it('adds up what the customer bought', async () => {
    const { body } = await get('/api/customers/17850').expect(200);
    expect(body).toEqual({
      customerId: 17850,
      country: 'United Kingdom',
      invoices: 2,
      lines: 3,
      units: 7,
      revenue: '19.532',
      cancellations: 1,
      firstInvoiceDate: '2010-12-01T08:26:00Z',
      lastInvoiceDate: '2010-12-02T10:00:00Z',
    });
  });

  it.each(['1', '0', '-5', 'null', 'guest', '17850.5', '99999999999999999999', '%20'])(
    'answers 404 for %s',
    async (id) => {
      await get(`/api/customers/${id}`)
        .expect(404)
        .expect('content-type', /application\/problem\+json/);
      await get(`/api/customers/${id}/invoices`).expect(404);
    },
  );
});

describe('GET /api/customers/:customerId/invoices', () => {
  it('lists distinct invoices, newest first', async () => {
    const { body } = await get('/api/customers/17850/invoices').expect(200);
    const common = { customerId: 17850, country: 'United Kingdom' };
    expect(body).toEqual({
      items: [
        {
          ...common,
          invoiceNo: 'C536400',
          invoiceDate: '2010-12-02T10:00:00Z',
          total: '-2.55',
          kind: 'cancellation',
          lineCount: 1,
        },
        {
          ...common,
          invoiceNo: '536365',
          invoiceDate: '2010-12-01T08:26:00Z',
          total: '22.082',
          kind: 'sale',
          lineCount: 2,
        },
      ],
      next: null,
    });
  });

  it.each(['limit=0', 'limit=201', 'limit=ten', 'limit=-1', 'limit=1.5', 'limit=', 'limit=1&limit=2'])(
    'refuses %s, naming the field',
    async (query) => {
      const { body } = await get(`/api/customers/17850/invoices?${query}`).expect(400);
      expect(body.errors).toEqual([{ field: 'limit', message: expect.any(String) }]);
    },
  );

  it.each(['x', '', 'bnVsbCBudWxs', Buffer.from('2010-12-01T08:26:00Z nonsense').toString('base64url')])(
    'refuses the cursor "%s", naming the field',
    async (cursor) => {
      const { body } = await get(`/api/customers/17850/invoices?cursor=${cursor}`).expect(400);
      expect(body).toMatchObject({ status: 400, errors: [{ field: 'cursor', message: expect.any(String) }] });
    },
  );

  it('ignores parameters that it does not know', async () => {
    await get('/api/customers/17850/invoices?colour=red&__proto__=1').expect(200);
  });
});

describe('GET /api/summary', () => {
  it('answers totals, days and the top of each dimension', async () => {
    const { body } = await get('/api/summary').expect(200);
    expect(body).toEqual({
      totals: { revenue: '34.832', invoices: 3, customers: 1, lines: 4 },
      byDay: [
        { day: '2010-12-01', revenue: '22.082', invoices: 1, lines: 2 },
        { day: '2010-12-02', revenue: '-2.55', invoices: 1, lines: 1 },
        { day: '2010-12-03', revenue: '15.30', invoices: 1, lines: 1 },
      ],
      byCountry: [
        { country: 'United Kingdom', revenue: '19.532', invoices: 2, lines: 3, units: 7 },
        { country: 'France', revenue: '15.30', invoices: 1, lines: 1, units: 6 },
      ],
      byProduct: [
        {
          stockCode: '85123A',
          description: 'WHITE HANGING HEART T-LIGHT HOLDER',
          revenue: '28.05',
          units: 11,
          lines: 3,
        },
        { stockCode: '71053', description: null, revenue: '6.782', units: 2, lines: 1 },
      ],
      byCustomer: [{ customerId: 17850, revenue: '19.532', invoices: 2, lines: 3 }],
    });
  });

  it('takes days and dates with a time, both ends inclusive', async () => {
    const { body } = await get('/api/summary?from=2010-12-02&to=2010-12-03T00:00:00Z&top=1').expect(200);
    expect(body.totals).toEqual({ revenue: '12.75', invoices: 2, customers: 1, lines: 2 });
    expect(body.byCountry).toHaveLength(1);
  });

  it('answers every country, and ten products and customers, unless it is told how many', async () => {
    const reading = { days: [], sum: emptyPeriod(), oldestDay: null, newestDay: null };
    for (let n = 0; n < 40; n++) {
      const tally = { revenue: BigInt(n), lines: 1, units: 1, invoices: 1 };
      reading.sum.countries.set(`Country ${n}`, tally);
      reading.sum.products.set(`P${n}`, { ...tally, description: null });
      reading.sum.customers.set(String(n + 1), tally);
    }
    const told = async (query: object) => {
      const controller = new SummaryController({ read: () => Promise.resolve(reading) } as unknown as SummaryReader);
      const { byCountry, byProduct, byCustomer } = await controller.summary({ ...query });
      return [byCountry.length, byProduct.length, byCustomer.length];
    };
    expect(await told({})).toEqual([40, 10, 10]);
    expect(await told({ top: '12' })).toEqual([12, 12, 12]);
  });

  it('answers zeros for a range without lines', async () => {
    const { body } = await get('/api/summary?from=1999-01-01&to=1999-12-31').expect(200);
    const none = { byDay: [], byCountry: [], byProduct: [], byCustomer: [] };
    expect(body).toEqual({ totals: { revenue: '0.00', invoices: 0, customers: 0, lines: 0 }, ...none });
  });

  it.each([
    ['from=2010-02-30', 'from'],
    ['to=yesterday', 'to'],
    ['from=12/1/2010', 'from'],
    ['from=', 'from'],
    ['from=2010-12-02&to=2010-12-01', 'from'],
    ['top=0', 'top'],
    ['top=1001', 'top'],
  ])('refuses %s, naming the field', async (query, field) => {
    const { body } = await get(`/api/summary?${query}`)
      .expect(400)
      .expect('content-type', /application\/problem\+json/);
    expect(body.errors.map((error: { field: string }) => error.field)).toEqual([field]);
  });
});
