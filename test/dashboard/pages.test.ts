import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import request from 'supertest';
import { PipelineSource, type PipelineView } from '../../src/dashboard/pipeline-source.js';
import { invoiceListCsv } from '../../src/dashboard/pages/csv.js';
import { type SeededApp, startSeededApp } from './seeded-app.js';
import { item, records } from './shop.js';

const PIPELINE: PipelineView = {
  partitions: [
    { topic: 'ingestion-topic', partition: 0, endOffset: 1_200, storeOffset: 1_000, outputOffset: 990, lag: 210 },
  ],
  batches: [
    {
      number: 7,
      partition: 0,
      fromOffset: 900,
      toOffset: 1_000,
      records: 100,
      stored: 98,
      duplicates: 1,
      deadLetters: 1,
      durationMs: 45,
      at: '2011-01-01T00:00:00Z',
    },
  ],
  deadLetters: 1,
  rates: { eventsInPerSecond: 12.34, eventsOutPerSecond: 0, batchesPerSecond: null },
  engines: { kafka: { state: 'up' }, store: { state: 'down' } },
};

class FixedPipeline extends PipelineSource {
  snapshot(): Promise<PipelineView> {
    return Promise.resolve(PIPELINE);
  }
}

@Global()
@Module({ providers: [{ provide: PipelineSource, useClass: FixedPipeline }], exports: [PipelineSource] })
class PipelineModule {}

let seeded: SeededApp;
const page = (path: string) => request(seeded.server).get(path).set('accept', 'text/html,*/*;q=0.8');
/** The words of a page, as a reader sees them. */
const words = (html: string) =>
  html
    .replace(/<(script|style|title)\b.*?<\/\1>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

beforeAll(async () => {
  seeded = await startSeededApp({ modules: [PipelineModule] });
});
afterAll(() => seeded.close());

describe('an empty system', () => {
  it('says how to get data in, with the address that it was asked at', async () => {
    const { text } = await page('/dashboard').set('host', 'shop.example:3000').expect(200);
    expect(text).toContain('curl -X POST http://shop.example:3000/invoiceitem');
    expect(text).toContain('npx docstream load');
  });

  it('does not let a hostile Host header become markup', async () => {
    const { text } = await page('/dashboard').set('host', 'x"><script>alert(1)</script>');
    expect(text).not.toContain('<script>alert');
  });
});

describe('a system with invoices', () => {
  const hostile = '<img src=x onerror=alert(1)>"\'{{total}}';
  beforeAll(async () => {
    const lines = [
      item(),
      item({ StockCode: '=1+1;@SUM(A1); -2', Description: hostile, Quantity: 1_200, UnitPrice: '1.005' }),
      item({ InvoiceNo: 'C536400', Quantity: -1, InvoiceDate: '2010-12-02T10:00:00Z' }),
      item({
        InvoiceNo: 'A563185',
        Quantity: 1,
        UnitPrice: '-11062.06',
        InvoiceDate: '2011-08-12T14:50:00Z',
        CustomerID: null,
        Description: 'Adjust bad debt',
      }),
      item({ InvoiceNo: '536366', CustomerID: null, Country: '<b>France</b>', Description: null }),
      ...Array.from({ length: 60 }, (_, n) =>
        item({ InvoiceNo: String(540_000 + n), CustomerID: 12_346, InvoiceDate: '2011-01-05T09:00:00Z' }),
      ),
    ];
    await seeded.apply(0, records(0, 0, lines));
  });

  it('shows the sums, the chart, the rankings and the range form', async () => {
    const { text } = await page('/dashboard')
      .expect(200)
      .expect('content-type', /^text\/html/);
    const seen = words(text);
    expect(seen).toContain('Invoices 64 Customers 2 Lines 65');
    expect(text).toContain('<svg class="chart-plot plot-revenue"');
    for (const title of ['Top products', 'Top countries', 'Top customers', 'Figures as a table'])
      expect(seen).toContain(title);
    expect(text).toContain('href="/dashboard/customers/12346"');
    expect(text).toContain('href="/dashboard/products/85123A"');
    expect(seen).toContain('Cancellations 1.6% 1 of 64 invoices');
    expect(seen).toContain('no earlier data to compare with');
    expect(text).toContain('href="/dashboard?from&#x3D;2010-11-29&amp;to&#x3D;2010-12-05"');
  });

  it('shows only what lies in the range, and keeps the range in the form', async () => {
    const { text } = await page('/dashboard?from=2010-12-02&to=2010-12-31').expect(200);
    expect(words(text)).toContain('Revenue \u2212£2.55 Invoices 1 Customers 1 Lines 1');
    expect(text).toContain('value="2010-12-02"');
  });

  it('takes empty inputs for no bound, and names a mistaken one', async () => {
    await page('/dashboard?from=&to=').expect(200);
    const { text } = await page('/dashboard?from=2010-02-30').expect(400);
    expect(words(text)).toContain('From must be a day that exists');
    expect(words((await page('/dashboard?from=1999-01-01&to=1999-01-02').expect(200)).text)).toContain(
      'no lines in this range',
    );
  });

  it('shows an invoice with its lines, totals and downloads', async () => {
    const { text } = await page('/dashboard/invoices/536365').expect(200);
    const seen = words(text);
    for (const head of ['Stock code', 'Description', 'Quantity', 'Unit price', 'Amount']) expect(seen).toContain(head);
    expect(seen).toContain('85123A WHITE HANGING HEART T-LIGHT HOLDER 6 × £2.55 6 £2.55 £15.30');
    expect(seen).toContain('1,200 £1.005 £1,206.00');
    expect(seen).toContain('Total 1,206 £1,221.30');
    expect(text).toContain('<data class="money" value="1221.30">');
    expect(text).toContain('/dashboard/invoices/536365.csv');
    expect(text).toContain('href="/dashboard/products/%3D1%2B1%3B%40SUM(A1)%3B%20-2"');
    expect(seen).not.toContain('Other invoices of this customer that day');
  });

  it('marks cancellations, adjustments and guests', async () => {
    expect(words((await page('/dashboard/invoices/540001').expect(200)).text)).toContain(
      'Other invoices of this customer that day 540000 5 Jan 2011, 09:00 £15.30',
    );
    expect(words((await page('/dashboard/invoices/c536400').expect(200)).text)).toContain(
      'Invoice C536400 Cancellation',
    );
    const seen = words((await page('/dashboard/invoices/A563185').expect(200)).text);
    expect(seen).toContain('Adjustment');
    expect(seen).toContain('Customer Guest');
    expect(seen).toContain('\u2212£11,062.06');
  });

  it('shows hostile names as text', async () => {
    for (const path of ['/dashboard', '/dashboard/invoices/536365', '/dashboard/invoices/536366']) {
      const { text } = await page(path).expect(200);
      expect(text).not.toMatch(/<img src=x|<b>France/);
    }
    expect((await page('/dashboard/invoices/536365')).text).toContain('&lt;img src&#x3D;x onerror&#x3D;alert(1)&gt;');
  });

  it('shows what a product and a country sold over time, from the oldest month to the newest', async () => {
    const product = await page('/dashboard/products/85123A').expect(200);
    expect(words(product.text)).toContain(
      'Product 85123A WHITE HANGING HEART T-LIGHT HOLDER Sold from Dec 2010 to Aug',
    );
    expect(words(product.text)).toContain('Dec 2010 11 3 £28.05 Jan 2011 360 60 £918.00 Aug 2011 1 1 \u2212£11,062.06');
    expect(product.text).toContain('href="/dashboard/products/85123A?until&#x3D;2011-01-31#invoices"');
    const country = await page(`/dashboard/countries/${encodeURIComponent('<b>France</b>')}`).expect(200);
    expect(words(country.text)).toContain('Country &lt;b&gt;France&lt;/b&gt; Sold from Dec 2010 to Dec 2010');
    expect(words(country.text)).toContain('Revenue £15.30 Invoices 1 Units 6 Lines 1');
  });

  it('shows the invoices of a product of the newest day, or of the last one until another day', async () => {
    const numbers = async (query: string) => {
      const { text } = await page(`/dashboard/products/85123A${query}`).expect(200);
      return [...text.matchAll(/<th scope="row"><a href="\/dashboard\/invoices\/(\w+)"/g)].map(([, number]) => number);
    };

    expect(await numbers('')).toEqual(['A563185']);
    expect(await numbers('?until=2011-08-11')).toHaveLength(60);
    expect(await numbers('?until=2011-01')).toHaveLength(60);
    expect(await numbers('?until=2011-01-04')).toEqual(['C536400']);
    expect(await numbers('?until=2010-12-01')).toEqual(['536366', '536365']);
    // Nothing was sold until then, so the first day is shown.
    expect(await numbers('?until=1999-01-01')).toEqual(['536366', '536365']);
    await page('/dashboard/products/85123A?until=yesterday').expect(400);
    const { text } = await page('/dashboard/products/85123A?until=2010-12').expect(200);
    expect(words(text)).toContain('Invoices of 2 Dec 2010');
    expect(words(text)).toContain('C536400 Cancellation 17850 10:00 \u22121 \u2212£2.55');
    expect(text).toContain(
      'href="/dashboard/products/85123A?until&#x3D;2010-12-01#invoices" title="1 Dec 2010: 12 units"',
    );
    expect(text).toMatch(/href="\/dashboard\/products\/85123A\?until&#x3D;2011-01#invoices" rel="next">Jan 2011 →/);
  });

  it('pages through the invoices of a customer by links', async () => {
    const first = await page('/dashboard/customers/12346').expect(200);
    expect(words(first.text)).toContain('Invoices 60');
    const numbers = (html: string) =>
      [...html.matchAll(/href="\/dashboard\/invoices\/(\d+)"/g)].map(([, number]) => number);
    const [, older = ''] = /href="([^"]+)" rel="next"/.exec(first.text) ?? [];
    const second = await page(older.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&')).expect(200);
    const all = [...numbers(first.text), ...numbers(second.text)];
    expect(all).toHaveLength(60);
    expect(new Set(all).size).toBe(60);
    expect(second.text).not.toContain('rel="next"');
    expect(second.text).toContain('>Newest</a>');
  });

  it('downloads an invoice as CSV that a spreadsheet can open safely', async () => {
    const { text, headers } = await request(seeded.server).get('/dashboard/invoices/536365.csv').expect(200);
    expect(headers['content-disposition']).toBe('attachment; filename="invoice-536365.csv"');
    expect(text.split('\r\n')).toEqual([
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country,Amount',
      '536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01T08:26:00Z,2.55,17850,United Kingdom,15.30',
      `536365,"'=1+1;'@SUM(A1);' -2","${hostile.replaceAll('"', '""')}",1200,2010-12-01T08:26:00Z,1.005,17850,United Kingdom,1206.00`,
      '',
    ]);
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['x;=1', "x;'=1"],
    ['x;"=1', 'x;\'"=1'],
    ['"=1', '\'"=1'],
    ['; \'"-1', ";' '\"-1"],
    ['a=b', 'a=b'],
    ['a "=b"', 'a "=b"'],
  ])('marks %j as text for whatever a spreadsheet splits cells at', (text, safe) => {
    const dated = { invoiceNo: '1', kind: 'sale', invoiceDate: '2010-12-01T08:26:00Z', customerId: null };
    const csv = invoiceListCsv([{ ...dated, lineCount: 1, country: text, total: '1.00' } as never], false);
    expect(csv).toContain(/[";]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : `,${safe},`);
  });

  it('downloads an invoice as JSON in the shape of the API', async () => {
    const file = await request(seeded.server).get('/dashboard/invoices/536365.json').expect(200);
    expect(file.headers['content-disposition']).toBe('attachment; filename="invoice-536365.json"');
    const api = await request(seeded.server).get('/api/invoices/536365').expect(200);
    expect(file.body).toEqual(api.body);
  });
});

describe('the search boxes', () => {
  it.each([
    ['invoiceNo=%20c536400%20', '/dashboard/invoices/C536400'],
    ['invoiceNo=a/b%3F', '/dashboard/invoices/a%2Fb%3F'],
    ['customerId=17850', '/dashboard/customers/17850'],
    ['customerId=17850.0', '/dashboard/customers/17850'],
    ['customerId=', '/dashboard'],
    ['', '/dashboard'],
    ['invoiceNo=1&invoiceNo=2', '/dashboard'],
  ])('send %s on to %s', async (query, location) => {
    await request(seeded.server).get(`/dashboard/search?${query}`).expect(303).expect('location', location);
  });

  it('stand on every page, the error pages too', async () => {
    for (const path of ['/dashboard', '/dashboard/invoices/999', '/dashboard/nowhere', '/dashboard/pipeline']) {
      const { text } = await page(path);
      expect(text).toContain('name="invoiceNo"');
      expect(text).toContain('name="customerId"');
    }
  });
});

describe('what is not there', () => {
  it.each([
    ['/dashboard/invoices/999999', 'No invoice 999999 is stored.'],
    ['/dashboard/invoices/536365abc', 'This is not an invoice number.'],
    ['/dashboard/customers/1', 'No invoice of customer 1 is stored.'],
    ['/dashboard/customers/<script>', 'This is not a customer number.'],
    ['/dashboard/products/NOTHING', 'Nothing of product NOTHING was sold so far.'],
    ['/dashboard/countries/Atlantis', 'Nothing was sold to Atlantis so far.'],
    ['/dashboard/nowhere', 'there is nothing at this address.'],
    ['/dashboard/customers/12346?cursor=x', 'cursor must be the next'],
  ])('%s answers with a page that says what to try', async (path, detail) => {
    const { text, status } = await page(path).expect('content-type', /^text\/html/);
    expect(status).toBe(path.includes('cursor') ? 400 : 404);
    expect(words(text)).toContain(detail);
    expect(words(text)).toContain('What to try');
    expect(text).not.toContain('<script>');
  });

  it('is a page for a browser at a mistyped address, and a problem for a program', async () => {
    const { text, headers } = await page('/dashbord').expect(404);
    expect(text).toContain('<h1');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    await request(seeded.server)
      .get('/dashbord')
      .expect(404)
      .expect('content-type', /problem\+json/);
    await page('/api/dashbord')
      .expect(404)
      .expect('content-type', /problem\+json/);
  });
});

describe('the pipeline page', () => {
  it('shows lag, engines and micro-batches', async () => {
    const seen = words((await page('/dashboard/pipeline').expect(200)).text);
    expect(seen).toContain('Events in 12 per second');
    expect(seen).toContain('Lag 210 records');
    expect(seen).toContain('Store down');
    expect(seen).toContain('7 0 100 98 1 1 45 ms');
  });
});

describe('every page', () => {
  it('forbids what it did not bring along, and names nothing of another host', async () => {
    for (const path of ['/dashboard', '/dashboard/invoices/536365', '/dashboard/nowhere', '/dashboard/pipeline']) {
      const { text, headers } = await page(path);
      const policy = headers['content-security-policy'];
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(text).not.toMatch(/(?:src|href|action)="(?:https?:)?\/\//);
      expect(text).not.toMatch(/\sstyle="|<style|\son\w+="/);
    }
  });

  it('brings its style and scripts from an address that changes with their content, to be kept', async () => {
    const { text } = await page('/dashboard/pipeline');
    const assets = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(assets.map((path) => path.split('/').at(-1))).toEqual([
      ...['icon.svg', 'inter.woff2', 'docstream.css', 'page.js', 'pipeline.js'],
    ]);
    for (const path of assets) {
      await request(seeded.server).get(path).expect(200).expect('cache-control', 'public, max-age=31536000, immutable');
    }
    await request(seeded.server).get('/assets/000000000000/docstream.css').expect(404);
    const [, folder] = /(\/assets\/\w+\/)docstream\.css/.exec(text) ?? [];
    const missing = await request(seeded.server).get(`${folder}nope.css`).expect(404);
    expect(missing.headers['content-type']).toContain('application/problem+json');
  });
});

describe('GET /', () => {
  it('sends browsers to the dashboard, and tells programs what this is', async () => {
    await page('/').expect(303).expect('location', '/dashboard');
    const { body } = await request(seeded.server).get('/').set('accept', 'application/json').expect(200);
    expect(body).toMatchObject({ name: 'docstream', version: expect.any(String), links: { dashboard: '/dashboard' } });
  });
});

describe('compression', () => {
  const sizeOf = async (path: string, encoding: string) => {
    const { headers, text } = await page(path).set('accept-encoding', encoding).expect(200);
    expect(headers['vary']).toContain('accept-encoding');
    return { encoding: headers['content-encoding'], text };
  };

  it('is used for pages, styles and scripts where the client takes it, and changes nothing in them', async () => {
    const { text } = await page('/dashboard').set('accept-encoding', 'identity');
    const [, style = ''] = /href="(\/assets\/[^"]+\.css)"/.exec(text) ?? [];
    for (const path of ['/dashboard/invoices/536365', style]) {
      const plain = await sizeOf(path, 'identity');
      expect(plain.encoding).toBeUndefined();
      for (const encoding of ['gzip', 'br']) expect(await sizeOf(path, encoding)).toEqual({ ...plain, encoding });
      expect(await sizeOf(path, 'br;q=0, gzip;q=0.5')).toEqual({ ...plain, encoding: 'gzip' });
    }
  });
});
