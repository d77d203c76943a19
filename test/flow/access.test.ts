import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { ApiKeys } from '../../src/access/api-keys.js';
import { loadSettings } from '../../src/config.js';
import { startTestApp, type TestApp, untilReady } from '../helpers/app.js';

const SUGGESTIONS = '/dashboard/search/suggestions?invoiceNo=5363';
const INGEST = 'a-key-for-the-tills';
const READ = 'a-key-for-those-who-look';
const OPERATE = 'a-key-for-those-who-mend';
const KEYS = `ingest:${INGEST},read:${READ},operate:${OPERATE}`;

let app: TestApp;
const start = async (keys: string) => {
  app = await startTestApp({ DOCSTREAM_API_KEYS: keys });
};
const get = (path: string, key?: string) =>
  request(app.url)
    .get(path)
    .set(key === undefined ? {} : { 'X-API-Key': key });

describe('an instance with a key for reading', () => {
  beforeAll(() => start(KEYS));
  afterAll(() => app.close());

  it.each(['/api/summary', '/api/pipeline', '/api/dead-letters', '/metrics', '/dashboard', '/dashboard/pipeline'])(
    'shows %s to who may read, and to nobody else',
    async (path) => {
      const refused = await get(path);
      expect(refused.status).toBe(401);
      expect(refused.headers['www-authenticate']).toBe(
        'Basic realm="docstream", charset="UTF-8", Bearer realm="docstream"',
      );
      expect(refused.headers['x-content-type-options']).toBe('nosniff');
      expect((await get(path, INGEST)).status).toBe(403);
      expect((await get(path, READ)).status).toBe(200);
      expect((await get(path, OPERATE)).status).toBe(200);
      expect((await request(app.url).head(path)).status).toBe(401);
    },
  );

  it('lets a browser in with the key as a password, which changes nothing', async () => {
    expect((await request(app.url).get('/dashboard').auth('anybody', READ)).status).toBe(200);
    expect((await request(app.url).get('/dashboard').auth('anybody', 'something-that-is-no-key')).status).toBe(401);
    const path = '/api/dead-letters?reason=empty';
    expect((await request(app.url).delete(path).auth('anybody', OPERATE)).status).toBe(401);
    expect((await request(app.url).delete(path).set('X-API-Key', READ)).status).toBe(403);
    expect((await request(app.url).delete(path).set('X-API-Key', OPERATE)).status).toBe(200);
  });

  it('takes a form with a key that may operate only', async () => {
    const send = (apiKey: string) =>
      request(app.url)
        .post('/dashboard/dead-letters/discard')
        .auth('anybody', READ)
        .set('Origin', app.url)
        .type('form')
        .send({ apiKey, reason: 'empty' });
    expect((await send(READ)).status).toBe(401);
    expect((await send(OPERATE)).status).toBeLessThan(400);
  });

  it('counts what says to be from a proxy only where one is trusted', async () => {
    const answer = await request(app.url)
      .post('/login')
      .type('form')
      .set({ Origin: app.url, 'X-Forwarded-Proto': 'https' })
      .send({ apiKey: READ });
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^docstream=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  });

  it('tells nothing of what is stored at an address that is none', async () => {
    const sale = {
      ...{ InvoiceNo: '536365', StockCode: '22423', Quantity: 7, InvoiceDate: '12/1/2010 8:26', UnitPrice: 12.75 },
      ...{ CustomerID: 17850, Country: 'France' },
    };
    await request(app.url).post('/invoiceitem').set('X-API-Key', INGEST).send(sale).expect(200);
    await app.settled();
    const page = (path: string, key: string) => get(path, key).set('Accept', 'text/html').expect(404);
    for (const path of ['/dashboard/invoices/536366', '/dashboard/customers/17851']) {
      expect((await page(path, READ)).text).toContain('89.25');
      const { text } = await page(`${path}/x`, 'no-key-at-all');
      expect(text).toContain('Not found');
      for (const told of ['89.25', 'href="/dashboard/invoices', 'href="/dashboard/customers']) {
        expect(text).not.toContain(told);
      }
    }
  });

  it('lets nobody on the way keep what it shows', async () => {
    for (const path of [
      '/api/summary',
      '/api/invoices/536365',
      '/dashboard/invoices/536365.csv',
      '/dashboard',
      SUGGESTIONS,
    ]) {
      const answer = await get(path, READ).expect(200);
      expect([path, answer.headers['cache-control']]).toEqual([path, 'no-store']);
    }
  });

  it('answers to every name', async () => {
    await get('/api/summary', READ).set('Host', 'shop.example').expect(200);
  });

  it('tells everybody whether it lives and how it is asked', async () => {
    for (const path of ['/health/live', '/openapi.json', '/docs', '/']) expect((await get(path)).status).toBe(200);
    await untilReady(app.url);
  });
});

describe('an address that sends wrong keys', () => {
  beforeAll(() => start(KEYS));
  afterAll(() => app.close());

  it('is refused after the hundredth, and goes on with a good one', async () => {
    for (let n = 0; n < 95; n++) expect((await get('/api/summary', `a-wrong-key-${n}-of-a-till`)).status).toBe(401);
    for (let n = 0; n < 4; n++) {
      const post = request(app.url).post('/invoiceitem').set('Authorization', `Bearer a-wrong-key-${n}-of-a-till`);
      expect((await post.send({})).status).toBe(401);
    }
    const form = () =>
      request(app.url)
        .post('/dashboard/dead-letters/discard')
        .auth('anybody', READ)
        .set('Origin', app.url)
        .type('form')
        .send({ apiKey: 'a-wrong-key-in-a-form', reason: 'empty' });
    expect((await form()).status).toBe(401);
    for (const refused of [await form(), await get('/api/summary', 'a-wrong-key-of-a-till')]) {
      expect(refused.status).toBe(429);
      expect(refused.headers['content-type']).toContain('application/problem+json');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
      expect(refused.body).toMatchObject({ status: 429, detail: 'too many wrong API keys came from this address' });
    }
    expect((await get('/api/summary', READ)).status).toBe(200);
    expect((await get('/api/summary', INGEST)).status).toBe(403);
    expect((await get('/api/summary')).status).toBe(401);
    expect((await request(app.url).post('/invoiceitem').set('X-API-Key', INGEST).send({})).status).toBe(400);
    const login = request(app.url).post('/login').type('form').set('Origin', app.url);
    expect((await login.send({ apiKey: READ })).status).toBe(303);
  });
});

it.each([
  ['127.0.0.1', 'false', false],
  ['0.0.0.0', 'false', true],
  ['0.0.0.0', 'true', false],
])('with keys for everything on %s, explicitly open: %s, reading takes one: %s', (host, isOpen, isGuarded) => {
  const env = { HOST: host, DOCSTREAM_ALLOW_OPEN: isOpen, DOCSTREAM_API_KEYS: OPERATE };
  expect(new ApiKeys(loadSettings(env)).guardReading).toBe(isGuarded);
});

describe('an instance with keys for everything', () => {
  beforeAll(() => start(OPERATE));
  afterAll(() => app.close());

  it('shows everything and changes nothing without one', async () => {
    expect((await get('/api/summary')).status).toBe(200);
    expect((await get('/dashboard')).status).toBe(200);
    expect((await request(app.url).delete('/api/dead-letters?reason=empty')).status).toBe(401);
    expect((await request(app.url).post('/invoiceitem').send({})).status).toBe(401);
  });

  it('is not read by a page of another site whose name leads here', async () => {
    await get('/api/summary').set('Host', 'evil.example').expect(421);
  });

  it('says to browsers what they may not do with an answer', async () => {
    expect((await get('/dashboard')).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': expect.stringMatching(/^(no-referrer|same-origin)$/),
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  it('says so to whoever sends a form, and to a program that posts only that its answer is not to be guessed at', async () => {
    const form = await request(app.url).post('/login').type('form').send({ key: 'x' });
    expect(form.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    const posted = await request(app.url).post('/invoiceitem').send({});
    expect(posted.headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
    expect(posted.headers).not.toHaveProperty('x-frame-options');
  });
});

describe('an instance with a rate limit', () => {
  beforeAll(async () => {
    app = await startTestApp({ DOCSTREAM_RATE_LIMIT_PER_SECOND: '3' });
  });
  afterAll(() => app.close());

  it('counts the forms of pages as it counts what programs change', async () => {
    const form = () =>
      request(app.url)
        .post('/dashboard/dead-letters/discard')
        .set('Origin', app.url)
        .type('form')
        .send({ reason: 'empty' });
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await form()).status));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2);
    expect(statuses.filter((status) => status === 303).length).toBeGreaterThanOrEqual(3);
    for (let n = 0; n < 5; n++) await get('/api/summary').expect(200);
  });
});
