import { gzipSync } from 'node:zlib';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BufferUnavailableError } from '../../src/buffer/index.js';
import { until } from '../helpers/oracle-sinks.js';
import { GOOD_ITEM, type IngestApp, startIngest } from './ingest-app.js';

interface Answer {
  status: number;
  headers: Headers;
  body: { accepted: number; rejected: number; errors: { line: number; field: string; message: string }[] } & Record<
    string,
    unknown
  >;
}

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const ROW = '536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom';
const GOOD = JSON.stringify(GOOD_ITEM);
const BAD = JSON.stringify({ ...GOOD_ITEM, Quantity: 0, Country: '' });
const NDJSON = { 'content-type': 'application/x-ndjson' };
const CSV = { 'content-type': 'text/csv' };
const JSON_ARRAY = { 'content-type': 'application/json' };
const GZIP = { 'content-encoding': 'gzip' };

describe('POST /invoiceitems', () => {
  let ingest: IngestApp;
  let url: URL;
  beforeAll(async () => {
    ingest = await startIngest();
    await ingest.app.listen(0, '127.0.0.1');
    url = new URL('/invoiceitems', await ingest.app.getUrl());
  });
  afterAll(() => ingest.close());
  beforeEach(() => {
    ingest.appender.records.length = 0;
    ingest.appender.count = 0;
    ingest.appender.failure = null;
    ingest.appender.failAcknowledgement = null;
    ingest.appender.room = null;
  });

  const send = async (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>): Promise<Answer> => {
    const response = await fetch(url, { method: 'POST', headers, body });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
  };
  const eventIds = () => ingest.appender.records.map(({ eventId }) => eventId);
  const idsUnder = (key: string) => eventIds().filter((id) => id.startsWith(`${key}:`));

  it.each([
    ['NDJSON', NDJSON, `${GOOD}\n${GOOD}\n`],
    ['NDJSON without a last line feed', { 'content-type': 'application/ndjson' }, `${GOOD}\r\n${GOOD}`],
    ['JSON lines', { 'content-type': 'application/jsonl; charset=utf-8' }, `${GOOD}\n\n${GOOD}`],
    ['CSV', CSV, `${HEADER}\n${ROW}\n${ROW}\n`],
    ['a JSON array', JSON_ARRAY, `[${GOOD}, ${GOOD}]`],
  ])('accepts %s', async (_what, headers, body) => {
    const plain = await send(headers, body);
    expect(plain).toMatchObject({ status: 200, body: { accepted: 2, rejected: 0, errors: [] } });
    const zipped = await send({ ...headers, ...GZIP }, gzipSync(body));
    expect(zipped).toMatchObject({ status: 200, body: { accepted: 2, rejected: 0, errors: [] } });
    const { records } = ingest.appender;
    expect(records).toHaveLength(4);
    expect(new Set(records.map(({ value }) => value)).size).toBe(1);
    expect(new Set(records.map(({ eventId }) => eventId)).size).toBe(4);
    expect(records[0]).toMatchObject({ key: '536365', requestId: plain.headers.get('request-id') });
  });

  it('accepts latin-1 CSV', async () => {
    const body = new Uint8Array(Buffer.from(`${HEADER}\n${ROW.replace('WHITE', 'CAF\u00c9')}`, 'latin1'));
    const latin1 = await send({ 'content-type': 'text/csv; charset=ISO-8859-1' }, body);
    expect(latin1).toMatchObject({ status: 200, body: { accepted: 1 } });
    expect(ingest.appender.records[0]?.value).toContain('CAF\u00c9');
    const utf8 = await send(CSV, body);
    expect(utf8).toMatchObject({
      status: 400,
      body: { errors: [{ line: 2, field: 'body', message: 'is not UTF-8' }] },
    });
  });

  it('answers 207 and names each bad field of each bad line, by its physical line', async () => {
    const answer = await send(NDJSON, `${GOOD}\n\n${BAD}\nnope\n${GOOD}`);
    expect(answer.status).toBe(207);
    expect(answer.body).toEqual({
      accepted: 2,
      rejected: 2,
      errors: [
        { line: 3, field: 'Quantity', message: expect.any(String) },
        { line: 3, field: 'Country', message: expect.any(String) },
        { line: 4, field: 'body', message: 'is not JSON' },
      ],
    });
    const csv = await send(CSV, `${HEADER}\n${ROW}\n${ROW.replace(',6,', ',0,')}\n`);
    expect(csv).toMatchObject({
      status: 207,
      body: { accepted: 1, rejected: 1, errors: [{ line: 3, field: 'Quantity' }] },
    });
  });

  it('answers 400 as a problem that counts when no line was accepted', async () => {
    const answer = await send(NDJSON, `${BAD}\n`.repeat(150));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ type: 'about:blank', title: 'Bad Request', accepted: 0, rejected: 150 });
    expect(answer.body.errors).toHaveLength(100);
    expect(ingest.appender.records).toEqual([]);
  });

  it.each([
    ['nothing', NDJSON, ''],
    ['blank lines', NDJSON, '\n\n'],
    ['an empty array', JSON_ARRAY, '[]'],
    ['a header only', CSV, `${HEADER}\n`],
  ])('answers a body of %s with 400', async (_what, headers, body) => {
    const answer = await send(headers, body);
    expect(answer).toMatchObject({ status: 400, body: { accepted: 0, rejected: 0, detail: 'the body has no lines' } });
  });

  it('refuses a CSV body with an unknown column as a whole, naming it', async () => {
    const answer = await send(CSV, `${HEADER},Zip\n${ROW},1\n`);
    expect(answer).toMatchObject({ status: 400, body: { accepted: 0, errors: [{ line: 1, field: 'Zip' }] } });
    expect(ingest.appender.records).toEqual([]);
  });

  it('refuses a line above 64 KiB and takes the others', async () => {
    const long = JSON.stringify({ ...GOOD_ITEM, Description: 'x'.repeat(300_000) });
    for (const answer of [
      await send(NDJSON, `${GOOD}\n${long}\n${GOOD}`),
      await send(JSON_ARRAY, `[${GOOD},${long},${GOOD}]`),
    ]) {
      expect(answer).toMatchObject({
        status: 207,
        body: { accepted: 2, rejected: 1, errors: [{ line: 2, field: 'body' }] },
      });
    }
    const csv = await send(CSV, `${HEADER}\n${ROW}\n${'x'.repeat(300_000)}\n${ROW}\n`);
    expect(csv).toMatchObject({ status: 207, body: { accepted: 2, rejected: 1, errors: [{ line: 3 }] } });
  });

  it.each([
    [65_536, 200],
    [65_537, 400],
  ])('answers a line of %d bytes, blanks included, with %d', async (size, status) => {
    const line = GOOD.padEnd(size, ' ');
    expect((await send(NDJSON, `${line}\n`)).status).toBe(status);
    // In an array the blanks behind an element are none of its own.
    expect((await send(JSON_ARRAY, `[{${' '.repeat(size - GOOD.length)}${GOOD.slice(1)}]`)).status).toBe(status);
    expect((await send(CSV, `${HEADER}\r\n${ROW.padEnd(size, ' ')}\r\n`)).status).toBe(status);
  });

  it('names line n KEY:n, and lets a line name itself', async () => {
    const own = JSON.stringify({ ...GOOD_ITEM, EventId: 'mine' });
    await send({ ...NDJSON, 'idempotency-key': 'load-1' }, `${GOOD}\n\n${own}\n${GOOD}`);
    expect(eventIds()).toEqual(['load-1:1', 'mine', 'load-1:4']);
    ingest.appender.records.length = 0;
    await send({ ...CSV, 'idempotency-key': 'load-2' }, `${HEADER}\n${ROW}\n${ROW}`);
    expect(eventIds()).toEqual(['load-2:2', 'load-2:3']);
    ingest.appender.records.length = 0;
    await send({ ...JSON_ARRAY, 'idempotency-key': 'load-3' }, `[${GOOD},${GOOD}]`);
    expect(eventIds()).toEqual(['load-3:1', 'load-3:2']);
  });

  it('refuses a key that names no events', async () => {
    expect((await send({ ...NDJSON, 'idempotency-key': 'x'.repeat(239) }, GOOD)).status).toBe(200);
    for (const key of ['has blanks', 'x'.repeat(240)]) {
      const answer = await send({ ...NDJSON, 'idempotency-key': key }, GOOD);
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
    }
  });

  it.each([
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'content-type': 'application/x-ndjson; charset=iso-8859-1' }],
    [{ 'content-type': 'text/csv; charset=utf-16' }],
    [{ ...NDJSON, 'content-encoding': 'br' }],
  ])('answers %j with 415', async (headers) => {
    expect((await send(headers, GOOD)).status).toBe(415);
  });

  it('counts the lines before truncated gzip data, and says that the rest is missing', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => JSON.stringify({ ...GOOD_ITEM, CustomerID: index + 1 }));
    const whole = gzipSync(lines.join('\n'));
    const answer = await send({ ...NDJSON, ...GZIP }, whole.subarray(0, whole.length / 2));
    expect(answer.status).toBe(207);
    expect(answer.body.accepted).toBe(ingest.appender.records.length);
    expect(answer.body.accepted).toBeGreaterThan(8_000);
    expect(answer.body.errors).toEqual([
      { line: answer.body.accepted + 1, field: 'body', message: 'is not complete gzip data' },
    ]);
    const again = await send({ ...NDJSON, ...GZIP }, whole.subarray(0, whole.length / 2));
    expect(again.body.accepted).toBe(answer.body.accepted);
    const nonsense = await send({ ...NDJSON, ...GZIP }, GOOD);
    expect(nonsense).toMatchObject({ status: 400, body: { rejected: 1, errors: [{ line: 1 }] } });
  });

  it('counts the lines before a JSON array breaks off, or a quote that is never closed', async () => {
    const array = await send(JSON_ARRAY, `[${GOOD},${GOOD},{"Invoice`);
    expect(array).toMatchObject({ status: 207, body: { accepted: 2, rejected: 1, errors: [{ line: 3 }] } });
    const csv = await send(CSV, `${HEADER}\n${ROW}\n536366,"85123A`);
    expect(csv).toMatchObject({ status: 207, body: { accepted: 1, rejected: 1, errors: [{ line: 3 }] } });
    expect((await send(JSON_ARRAY, GOOD)).status).toBe(400);
  });

  it('answers 503 with what is accepted so far when Kafka fails in mid-body', async () => {
    const error = new BufferUnavailableError('gone', 5);
    ingest.appender.failAcknowledgement = { from: 2_000, error };
    const answer = await send(NDJSON, `${GOOD}\n`.repeat(20_000));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.body.accepted).toBe(ingest.appender.records.length);
    expect(answer.body.accepted).toBeGreaterThanOrEqual(2_000);
    ingest.appender.failure = error;
    const refused = await send(NDJSON, `${GOOD}\n`.repeat(100_000));
    expect(refused).toMatchObject({ status: 503, body: { accepted: 0 } });
    ingest.appender.failure = null;
    ingest.appender.failAcknowledgement = null;
    expect((await send(NDJSON, GOOD)).status).toBe(200);
  });

  it.each([
    ['plain', {}, (body: string) => Buffer.from(body)],
    ['gzip', GZIP, (body: string) => gzipSync(body, { level: 0 })],
  ])(
    'lets the rest of a %s body go by when it gives up, and uses the connection again',
    async (_what, headers, encode) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const post = async (type: Record<string, string>, text: string) => {
        const client = httpRequest(url, { method: 'POST', agent, headers: { ...type, ...headers } });
        const answered = once(client, 'response');
        client.end(encode(text));
        const [response] = (await answered) as [IncomingMessage];
        const port = response.socket.localPort;
        response.resume();
        await once(response, 'end');
        return { status: response.statusCode, port };
      };
      ingest.appender.failure = new BufferUnavailableError('gone');
      const failed = await post(NDJSON, `${GOOD}\n`.repeat(50_000));
      expect(failed.status).toBe(503);
      const broken = await post(JSON_ARRAY, `x${GOOD.repeat(50_000)}`);
      ingest.appender.failure = null;
      const next = await post(NDJSON, GOOD);
      expect([broken.status, next.status]).toEqual([400, 200]);
      expect([broken.port, next.port]).toEqual([failed.port, failed.port]);
      agent.destroy();
    },
  );

  it('keeps what is queued when the sender leaves in mid-body, and goes on', async () => {
    const headers = { ...NDJSON, 'idempotency-key': 'left' };
    const client = httpRequest(url, { method: 'POST', headers, agent: false });
    client.on('error', () => undefined);
    client.write(`${GOOD}\n`.repeat(3_000));
    await until(
      () => idsUnder('left').length > 0,
      60_000,
      () => 'no line of the sender that leaves',
    );
    const closed = new Promise((resolve) => client.on('close', resolve));
    client.destroy();
    await closed;
    expect((await send(NDJSON, GOOD)).status).toBe(200);
    expect(idsUnder('left').slice(0, 2)).toEqual(['left:1', 'left:2']);
  });

  it('hands lines over when the sender pauses, without waiting for a full batch', async () => {
    // Lines of the sender that left in the test before can still arrive: these are told from them by their key.
    const headers = { ...NDJSON, 'idempotency-key': 'pause' };
    const client = httpRequest(url, { method: 'POST', headers, agent: false });
    const answered = once(client, 'response');
    client.write(`${GOOD}\n`);
    await until(
      () => idsUnder('pause').length > 0,
      60_000,
      () => 'the line before the pause was not handed over',
    );
    expect(idsUnder('pause')).toEqual(['pause:1']);
    client.end(GOOD);
    const [response] = (await answered) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(idsUnder('pause')).toEqual(['pause:1', 'pause:2']);
  });
});
