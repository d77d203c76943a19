import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { GOOD_ITEM, type IngestApp, startIngest } from './ingest-app.js';

const KEY = 'a-key-of-the-first-till';
const OTHER_KEY = 'a-key-of-the-second-till';

describe('admission', () => {
  let ingest: IngestApp;
  afterEach(() => ingest.close());

  const start = async (env: NodeJS.ProcessEnv) => {
    ingest = await startIngest(env);
    await ingest.app.listen(0, '127.0.0.1');
    return (path: string) => request(ingest.app.getHttpServer()).post(path);
  };

  it('asks for a key where keys are configured, on both addresses', async () => {
    const post = await start({ DOCSTREAM_API_KEYS: `${KEY},${OTHER_KEY}` });
    for (const headers of [{}, { Authorization: 'Bearer wrong-key-of-no-till' }, { 'X-API-Key': `${KEY}x` }]) {
      for (const path of ['/invoiceitem', '/invoiceitems']) {
        const refused = await post(path).set(headers).send(GOOD_ITEM);
        expect(refused.status).toBe(401);
        expect(refused.headers['content-type']).toContain('application/problem+json');
        expect(refused.headers['www-authenticate']).toContain('Bearer');
      }
    }
    expect(ingest.appender.records).toEqual([]);
    expect((await post('/invoiceitem').set('Authorization', `Bearer ${KEY}`).send(GOOD_ITEM)).status).toBe(200);
    expect((await post('/invoiceitem').set('X-API-Key', OTHER_KEY).send(GOOD_ITEM)).status).toBe(200);
    expect((await post('/invoiceitems').set('X-API-Key', OTHER_KEY).send([GOOD_ITEM])).status).toBe(200);
  });

  it('looks at the key before it looks at the body', async () => {
    const post = await start({ DOCSTREAM_API_KEYS: KEY });
    const json = () => post('/invoiceitem').set('Content-Type', 'application/json');
    expect((await json().send('no JSON')).status).toBe(401);
    expect((await json().send('x'.repeat(70_000))).status).toBe(401);
    expect((await post('/invoiceitem').set('Content-Type', 'text/plain').send('x')).status).toBe(401);
    expect((await json().set('X-API-Key', KEY).send('no JSON')).status).toBe(400);
    expect((await post('/nothing-here').send({})).status).toBe(404);
  });

  it('takes only a key with the scope, and no password that a browser sends unasked', async () => {
    const post = await start({ DOCSTREAM_API_KEYS: `ingest:${KEY},read+operate:${OTHER_KEY}` });
    const basic = `Basic ${Buffer.from(`till:${KEY}`).toString('base64')}`;
    expect((await post('/invoiceitem').set('X-API-Key', OTHER_KEY).send(GOOD_ITEM)).status).toBe(403);
    expect((await post('/invoiceitem').set('Authorization', basic).send(GOOD_ITEM)).status).toBe(401);
    expect(ingest.appender.records).toEqual([]);
    expect((await post('/invoiceitem').set('X-API-Key', KEY).send(GOOD_ITEM)).status).toBe(200);
  });

  it('answers 429 with Retry-After above the configured rate, for each key by itself', async () => {
    const post = await start({ DOCSTREAM_API_KEYS: `${KEY},${OTHER_KEY}`, DOCSTREAM_RATE_LIMIT_PER_SECOND: '2' });
    const send = (key: string) => post('/invoiceitem').set('X-API-Key', key).send(GOOD_ITEM);
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await send(KEY)).status));
    expect(statuses).toContain(200);
    expect(statuses).toContain(429);
    const refused = (await Promise.all(Array.from({ length: 10 }, () => send(KEY)))).find(
      ({ status }) => status === 429,
    );
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(refused?.body).toMatchObject({ status: 429, title: 'Too Many Requests' });
    expect((await send(OTHER_KEY)).status).toBe(200);
  });

  it('lets everybody post where nothing is configured', async () => {
    const post = await start({});
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('/invoiceitem').send(GOOD_ITEM)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  });
});
