import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { BufferUnavailableError, decodeReceipt } from '../../src/buffer/index.js';
import { BAD_BODIES } from './bad-bodies.js';
import { GOOD_ITEM, type IngestApp, startIngest } from './ingest-app.js';

describe('POST /invoiceitem', () => {
  let ingest: IngestApp;
  beforeAll(async () => {
    ingest = await startIngest();
    await ingest.app.listen(0, '127.0.0.1');
  });
  afterAll(() => ingest.close());
  beforeEach(() => {
    ingest.appender.records.length = 0;
    ingest.appender.failure = null;
  });

  const post = () => request(ingest.app.getHttpServer()).post('/invoiceitem');

  it.each(['12/2/2010 8:26', '12/02/2010 8:26'])('accepts the tutorial item with the date %s', async (InvoiceDate) => {
    const answer = await post().send({ ...GOOD_ITEM, InvoiceNo: 536365, InvoiceDate });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...GOOD_ITEM,
      InvoiceDate: '2010-12-02T08:26:00Z',
      UnitPrice: '2.55',
    });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const [record] = ingest.appender.records;
    expect(record?.key).toBe('536365');
    expect(JSON.parse(record?.value ?? '')).toEqual(answer.body);
    expect(answer.headers['event-id']).toBe(record?.eventId);
    const receipt = decodeReceipt(String(answer.headers.location).replace('/api/events/', ''));
    expect(receipt).toMatchObject({ partition: 1, invoiceNo: '536365', eventId: record?.eventId });
  });

  it.each([
    ['InvoiceDate', { InvoiceDate: '12/2/2010 8:26232sa' }],
    ['InvoiceNo', { InvoiceNo: '536365abc' }],
  ])('refuses the tutorial item with a bad %s', async (field, change) => {
    const answer = await post().send({ ...GOOD_ITEM, ...change });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400 });
    expect(answer.body.errors).toEqual([{ field, message: expect.any(String) }]);
    expect(ingest.appender.records).toEqual([]);
  });

  it.each(BAD_BODIES)('answers %s with 400 naming %j and appends nothing', async (_what, body, fields) => {
    const answer = await post().set('Content-Type', 'application/json').send(body);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
    expect(ingest.appender.records).toEqual([]);
  });

  it('takes a charset of UTF-8 and refuses others', async () => {
    const body = JSON.stringify(GOOD_ITEM);
    expect((await post().set('Content-Type', 'application/json; charset=utf-8').send(body)).status).toBe(200);
    expect((await post().set('Content-Type', 'application/json;charset="UTF-8"').send(body)).status).toBe(200);
    expect((await post().set('Content-Type', 'application/json; charset=utf-16').send(body)).status).toBe(415);
  });

  it.each([
    'text/plain',
    'text/csv',
    'application/x-ndjson',
    'application/ld+json',
    'application/x-www-form-urlencoded',
    'x',
  ])('answers Content-Type %s with 415', async (type) => {
    const answer = await post().set('Content-Type', type).send(JSON.stringify(GOOD_ITEM));
    expect(answer.status).toBe(415);
    expect(answer.body).toMatchObject({ status: 415, title: 'Unsupported Media Type' });
    expect(ingest.appender.records).toEqual([]);
  });

  it('answers a compressed item with 415', async () => {
    const answer = await post()
      .set('Content-Type', 'application/json')
      .set('Content-Encoding', 'gzip')
      .send(JSON.stringify(GOOD_ITEM));
    expect(answer.status).toBe(415);
  });

  it.each([
    [65_536, 200],
    [65_537, 413],
  ])('answers a body of %d bytes with %d', async (size, status) => {
    const body = JSON.stringify(GOOD_ITEM).padEnd(size, ' ');
    expect((await post().set('Content-Type', 'application/json').send(body)).status).toBe(status);
  });

  it('answers a body above 64 KiB with 413, with and without Content-Length', async () => {
    const body = JSON.stringify({ ...GOOD_ITEM, Description: 'x'.repeat(70_000) });
    const answer = await post().set('Content-Type', 'application/json').send(body);
    expect(answer.status).toBe(413);
    const url = `${await ingest.app.getUrl()}/invoiceitem`;
    const stream = new Blob([body]).stream();
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: stream, duplex: 'half' };
    const chunked = await fetch(url, init as RequestInit);
    expect(chunked.status).toBe(413);
    expect(chunked.headers.get('content-type')).toContain('application/problem+json');
  });

  it('answers a body that is not UTF-8 with 400', async () => {
    const url = `${await ingest.app.getUrl()}/invoiceitem`;
    const body = Buffer.from(JSON.stringify({ ...GOOD_ITEM, Description: 'CAF\u00c9' }), 'latin1');
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ field: 'body', message: 'is not UTF-8' }] });
  });

  it('takes the event id from Idempotency-Key, from EventId, or from both when they agree', async () => {
    expect((await post().set('Idempotency-Key', 'till-1:7').send(GOOD_ITEM)).headers['event-id']).toBe('till-1:7');
    expect((await post().send({ ...GOOD_ITEM, EventId: 'e-8' })).headers['event-id']).toBe('e-8');
    const both = await post()
      .set('Idempotency-Key', 'e-9')
      .send({ ...GOOD_ITEM, EventId: 'e-9' });
    expect(both.headers['event-id']).toBe('e-9');
    expect(ingest.appender.records.map(({ eventId }) => eventId)).toEqual(['till-1:7', 'e-8', 'e-9']);
    expect(both.body).not.toHaveProperty('EventId');
  });

  it('refuses two event ids that differ, and a key that is no event id, with the other bad fields', async () => {
    const differ = await post()
      .set('Idempotency-Key', 'a')
      .send({ ...GOOD_ITEM, EventId: 'b' });
    expect(differ.status).toBe(400);
    expect(differ.body.errors).toMatchObject([{ field: 'EventId' }]);
    const bad = await post()
      .set('Idempotency-Key', 'has blanks')
      .send({ ...GOOD_ITEM, Quantity: 0 });
    expect(bad.status).toBe(400);
    expect(bad.body.errors).toMatchObject([{ field: 'Idempotency-Key' }, { field: 'Quantity' }]);
    expect(ingest.appender.records).toEqual([]);
  });

  it('gives every item without a key a new event id', async () => {
    const first = await post().send(GOOD_ITEM);
    const second = await post().send(GOOD_ITEM);
    expect(first.headers['event-id']).not.toBe(second.headers['event-id']);
  });

  it('echoes a valid request id and replaces another', async () => {
    expect((await post().set('Request-Id', 'r-1').send(GOOD_ITEM)).headers['request-id']).toBe('r-1');
    expect((await post().set('X-Request-Id', 'r-2').send(GOOD_ITEM)).headers['request-id']).toBe('r-2');
    expect((await post().set('X-Request-Id', 'not valid').send(GOOD_ITEM)).headers['request-id']).toMatch(
      /^[\w-]{36}$/,
    );
    expect(ingest.appender.records.map(({ requestId }) => requestId).slice(0, 2)).toEqual(['r-1', 'r-2']);
  });

  it('answers 503 with Retry-After while the buffer cannot take it', async () => {
    ingest.appender.failure = new BufferUnavailableError('the window is full', 3);
    const answer = await post().send(GOOD_ITEM);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('3');
    expect(answer.body).toMatchObject({ status: 503, title: 'Service Unavailable' });
  });

  it('answers 500 without internals for a fault of its own', async () => {
    ingest.appender.failure = new TypeError('secret internals');
    const answer = await post().send(GOOD_ITEM);
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  it('answers unknown addresses with 404, other methods with 405 and malformed addresses with 400', async () => {
    const server = request(ingest.app.getHttpServer());
    const unknown = await server.get('/nothing-here');
    expect(unknown.status).toBe(404);
    expect(unknown.headers['content-type']).toContain('application/problem+json');
    const method = await server.get('/invoiceitem');
    expect(method.status).toBe(405);
    expect(method.headers.allow).toBe('POST');
    expect((await server.get('/%zz')).status).toBe(400);
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/csv', 'application/x-ndjson']) {
      expect((await server.put('/invoiceitem').set('content-type', type).send('a=1')).status).toBe(405);
      expect((await server.post('/nothing-here').set('content-type', type).send('a=1')).status).toBe(404);
    }
  });
});
