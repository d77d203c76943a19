import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../helpers/app.js';

const CANCELLED = {
  InvoiceNo: 'C536379',
  StockCode: 'D',
  Description: 'Discount',
  Quantity: -1,
  InvoiceDate: '12/1/2010 9:41',
  UnitPrice: 27.5,
  CustomerID: 14527,
  Country: 'United Kingdom',
};
const SOLD = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: 6,
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: 2.55,
  CustomerID: 17850,
  Country: 'United Kingdom',
};

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe('one line that was posted', () => {
  it('stands in its invoice, on its page and in its customer, once it is processed', async () => {
    const answer = await post({ ...SOLD, InvoiceNo: '536401' });
    expect(answer.status).toBe(200);
    const eventId = answer.headers.get('event-id');
    expect(await answer.json()).toEqual({
      ...SOLD,
      InvoiceNo: '536401',
      InvoiceDate: '2010-12-01T08:26:00Z',
      UnitPrice: '2.55',
    });

    await app.settled();

    expect(await json('/api/invoices/536401')).toEqual({
      invoiceNo: '536401',
      kind: 'sale',
      customerId: 17850,
      country: 'United Kingdom',
      invoiceDate: '2010-12-01T08:26:00Z',
      lines: [
        {
          eventId,
          stockCode: '85123A',
          description: 'WHITE HANGING HEART T-LIGHT HOLDER',
          quantity: 6,
          invoiceDate: '2010-12-01T08:26:00Z',
          unitPrice: '2.55',
          amount: '15.30',
        },
      ],
      lineCount: 1,
      units: 6,
      total: '15.30',
    });
    const page = await text('/dashboard/invoices/536401');
    expect(page).toContain('WHITE HANGING HEART T-LIGHT HOLDER');
    expect(page).toContain('15.30');
    expect(await text('/dashboard/customers/17850')).toContain('536401');
  });

  it('has a receipt that tells what became of it', async () => {
    const answer = await post({ ...SOLD, InvoiceNo: '536402' });
    const location = answer.headers.get('location') ?? '';
    expect(location).toMatch(/^\/api\/events\/[\w-]+$/);

    await app.settled();

    expect(await json(location)).toMatchObject({
      eventId: answer.headers.get('event-id'),
      invoiceNo: '536402',
      topic: app.settings.kafka.ingestionTopic,
      state: 'stored',
    });
  });

  it('is stored once when it is sent twice under one Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'till-7:receipt-1' };
    const first = await post({ ...SOLD, InvoiceNo: '536403' }, key);
    const again = await post({ ...SOLD, InvoiceNo: '536403' }, key);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(first.headers.get('event-id')).toBe('till-7:receipt-1');

    await app.settled();

    expect(await json('/api/invoices/536403')).toMatchObject({ lineCount: 1, units: 6, total: '15.30' });
    const documents = await app.sinks.output();
    expect(documents.filter(({ key: invoiceNo }) => invoiceNo === '536403')).toHaveLength(1);
    const trail = await json(again.headers.get('location') ?? '');
    expect(trail).toMatchObject({ eventId: 'till-7:receipt-1', state: 'duplicate' });
  });

  it('is two lines when it is sent twice without any name', async () => {
    await post({ ...SOLD, InvoiceNo: '536404' });
    await post({ ...SOLD, InvoiceNo: '536404' });
    await app.settled();

    expect(await json('/api/invoices/536404')).toMatchObject({ lineCount: 2, units: 12, total: '30.60' });
  });

  it('may be a cancellation, which counts with its sign', async () => {
    expect((await post(CANCELLED)).status).toBe(200);
    await app.settled();

    const invoice = await json('/api/invoices/C536379');
    expect(invoice).toMatchObject({ kind: 'cancellation', customerId: 14527, units: -1, total: '-27.50' });
    expect(await text('/dashboard/invoices/C536379')).toMatch(/cancellation/i);
  });

  it.each([[null], [''], [undefined]])('may come from a guest (CustomerID %j)', async (CustomerID) => {
    const InvoiceNo = `5364${['null', '""', 'undefined'].indexOf(String(JSON.stringify(CustomerID))) + 11}`;
    expect((await post({ ...SOLD, InvoiceNo, CustomerID })).status).toBe(200);
    await app.settled();

    expect(await json(`/api/invoices/${InvoiceNo}`)).toMatchObject({ customerId: null, total: '15.30' });
    expect(await text(`/dashboard/invoices/${InvoiceNo}`)).toMatch(/guest/i);
  });
});

describe('the four requests of the tutorial', () => {
  it('get the answers that it promises, twice over', async () => {
    const item = { ...SOLD, InvoiceNo: '536499' };
    for (let round = 1; round <= 2; round += 1) {
      const answers = [
        await post({ ...item, InvoiceDate: '12/2/2010 8:26' }),
        await post({ ...item, InvoiceDate: '12/02/2010 8:26' }),
        await post({ ...item, InvoiceDate: '12/2/2010 8:26232sa' }),
        await post({ ...item, InvoiceNo: '536499abc' }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 400]);
      const problems = await Promise.all(answers.slice(2).map(async (answer) => (await answer.json()) as Problem));
      expect(problems.map(({ errors }) => errors.map(({ field }) => field))).toEqual([['InvoiceDate'], ['InvoiceNo']]);
    }
    await app.settled();

    expect(await json('/api/invoices/536499')).toMatchObject({
      invoiceDate: '2010-12-02T08:26:00Z',
      lineCount: 4,
      total: '61.20',
    });
  });
});

interface Problem {
  errors: { field: string }[];
}

function post(item: object, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify(item);
  return fetch(`${app.url}/invoiceitem`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

async function json(path: string): Promise<unknown> {
  const answer = await fetch(app.url + path);
  expect(answer.status).toBe(200);
  return answer.json();
}

async function text(path: string): Promise<string> {
  const answer = await fetch(app.url + path, { headers: { accept: 'text/html' } });
  expect(answer.status).toBe(200);
  return answer.text();
}
