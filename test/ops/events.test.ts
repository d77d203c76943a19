import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createKafka, decodeReceipt, encodeReceipt, type Receipt } from '../../src/buffer/index.js';
import type { Trail } from '../../src/ops/event-trail.js';
import { startTestApp, type TestApp, untilReady } from '../helpers/app.js';
import { line, produce } from './lines.js';

let app: TestApp;
const get = (path: string) => request(app.url).get(path);
const trailOf = async (receipt: string): Promise<Trail> =>
  (await get(`/api/events/${receipt}`).expect(200)).body as Trail;

/** Posts one line and answers the receipt that came with the acknowledgement. */
async function post(item: object, requestId = 'request-1'): Promise<{ receipt: string; parts: Receipt }> {
  const { headers } = await request(app.url).post('/invoiceitem').set('request-id', requestId).send(item).expect(200);
  const receipt = String(headers['location']).replace('/api/events/', '');
  const parts = decodeReceipt(receipt);
  if (parts === null) throw new Error('not a receipt');
  return { receipt, parts };
}

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe('GET /api/events/:receipt', () => {
  it('follows a stored record from the request to its invoice', async () => {
    const beforeMs = Date.now();
    const { receipt, parts } = await post(line('536365', { EventId: 'first' }), 'my-request');
    await app.settled();
    const trail = await trailOf(receipt);
    expect(trail).toEqual({
      receipt,
      eventId: 'first',
      invoiceNo: '536365',
      receivedAt: trail.receivedAt,
      requestId: 'my-request',
      topic: app.settings.kafka.ingestionTopic,
      partition: parts.partition,
      offset: parts.offset,
      state: 'stored',
      before: null,
      batch: trail.batch,
      invoice: '/api/invoices/536365',
      duplicateOf: null,
      deadLetter: null,
      replayOf: null,
      replays: [],
      links: { self: `/api/events/${receipt}`, page: `/dashboard/events/${receipt}` },
    });
    expect(Date.parse(trail.receivedAt ?? '')).toBeGreaterThanOrEqual(beforeMs);
    expect(trail.batch?.fromOffset).toBeLessThanOrEqual(parts.offset);
    expect(trail.batch?.toOffset).toBeGreaterThan(parts.offset);
    await get(trail.invoice ?? '').expect(200);
  });

  it('names the original of a duplicate, whose receipt leads to it', async () => {
    const original = await post(line('536366', { EventId: 'twice' }));
    const again = await post(line('536366', { EventId: 'twice' }));
    await app.settled();
    const trail = await trailOf(again.receipt);
    expect(trail).toMatchObject({ state: 'duplicate', invoice: '/api/invoices/536366' });
    const { partition, offset } = original.parts;
    expect(trail.duplicateOf).toEqual({ partition, offset, receipt: original.receipt });
    expect(await trailOf(original.receipt)).toMatchObject({ state: 'stored', duplicateOf: null });
  });

  it('leads from a record that became a dead letter to that dead letter', async () => {
    const headers = { 'event-id': 'bad' };
    const place = await produce(app.settings, [{ key: '536367', value: '{"InvoiceNo":"536367"}', headers }]);
    await app.settled();
    const receipt = encodeReceipt({ ...place, invoiceNo: '536367', eventId: 'bad' });
    const trail = await trailOf(receipt);
    expect(trail).toMatchObject({ state: 'dead-letter', invoice: null, duplicateOf: null });
    const { body } = await get(trail.deadLetter ?? '').expect(200);
    expect(body).toMatchObject({ reason: 'invalid-item', ...place, key: Buffer.from('536367').toString('base64') });
  });

  it('follows a record of a plain Kafka tool by the name that processing gave it', async () => {
    const place = await produce(app.settings, [{ key: '', value: JSON.stringify(line('536368')) }]);
    await app.settled();
    const eventId = `${app.settings.kafka.ingestionTopic}:${place.partition}:${place.offset}`;
    const trail = await trailOf(encodeReceipt({ ...place, invoiceNo: '536368', eventId }));
    expect(trail).toMatchObject({ state: 'stored', requestId: null });
    expect(trail.receivedAt).not.toBeNull();
  });

  it('leads from a position to the same trail, also where no receipt can name the record', async () => {
    const { receipt, parts } = await post(line('536371'));
    const topic = app.settings.kafka.ingestionTopic;
    const noise = await produce(app.settings, [{ key: 'k', value: 'noise', headers: { 'event-id': 'two words' } }]);
    await app.settled();
    expect(await trailOf(`${topic}:${parts.partition}:${parts.offset}`)).toEqual(await trailOf(receipt));
    const position = `${topic}:${noise.partition}:${noise.offset}`;
    expect(await trailOf(position)).toMatchObject({
      ...noise,
      receipt: position,
      eventId: position,
      invoiceNo: null,
      state: 'dead-letter',
      deadLetter: `/api/dead-letters/${encodeURIComponent(position)}`,
    });
    const query = `invoiceNo=536371&eventId=${parts.eventId}`;
    expect((await get(`/api/events?${query}`).expect(200)).body).toEqual(await trailOf(receipt));
    await get(`/api/events?${query}x`).expect(404);
    await get('/api/events?invoiceNo=x').expect(400);
    for (const nowhere of [`${topic}:0:999999`, `${topic}:99:0`, `elsewhere:0:0`, `${topic}:0`, `${topic}:-1:0`]) {
      await get(`/api/events/${nowhere}`).expect(404);
    }
  });

  it('leads from a dead letter to its replays, and back', async () => {
    const place = await produce(app.settings, [{ key: '536372', value: '{"InvoiceNo":"536372"}' }]);
    await app.settled();
    const id = `${app.settings.kafka.ingestionTopic}:${place.partition}:${place.offset}`;
    const replay = await request(app.url).post(`/api/dead-letters/${id}/replay`).send(line('536372')).expect(200);
    const { location } = replay.body as { location: string };
    await app.settled();
    const { replays } = await trailOf(id);
    expect(replays).toEqual([{ at: expect.any(String), trail: location }]);
    const { body } = await get(location).expect(200);
    expect(body).toMatchObject({
      state: 'stored',
      eventId: id,
      replayOf: `/api/dead-letters/${encodeURIComponent(id)}`,
    });
  });

  it('knows nothing of a receipt that was made up, whatever of it is true', async () => {
    const { parts } = await post(line('536369', { EventId: 'true' }));
    const other = await post(line('536369', { EventId: 'other' }));
    await app.settled();
    const forged: Receipt[] = [
      { ...parts, eventId: 'false' },
      { ...parts, invoiceNo: '1' },
      { ...parts, offset: other.parts.offset },
      { ...parts, offset: parts.offset + 1_000_000 },
      { ...parts, partition: 99 },
      { ...parts, partition: (parts.partition + 1) % 3 },
    ];
    for (const receipt of forged) {
      const { body } = await get(`/api/events/${encodeReceipt(receipt)}`)
        .expect(404)
        .expect('content-type', /application\/problem\+json/);
      expect(body).toMatchObject({ status: 404 });
    }
    for (const text of ['nonsense', 'a'.repeat(700), '%00', 'MCAw']) await get(`/api/events/${text}`).expect(404);
  });

  it('still tells the rest when retention has removed the record from Kafka', async () => {
    const topic = app.settings.kafka.ingestionTopic;
    const { receipt, parts } = await post(line('536373'));
    const noise = await produce(app.settings, [{ key: 'k', value: 'noise' }]);
    await app.settled();
    const admin = createKafka(app.settings.kafka).admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
    await admin.deleteTopicRecords({ topic, partitions });
    await admin.disconnect();
    expect(await trailOf(receipt)).toMatchObject({
      state: 'stored',
      receivedAt: null,
      invoice: '/api/invoices/536373',
    });
    const letter = `${topic}:${noise.partition}:${noise.offset}`;
    expect(await trailOf(letter)).toMatchObject({ state: 'dead-letter', receivedAt: expect.any(String) });
    await get(`/api/events/${topic}:${parts.partition}:${parts.offset}`).expect(404);
    await get(`/api/events/${encodeReceipt({ ...parts, eventId: 'false' })}`).expect(404);
  });

  it('answers fast, from one fetch and a few lookups', async () => {
    const { receipt } = await post(line('536370'));
    await app.settled();
    await trailOf(receipt);
    const times: number[] = [];
    while (times.length < 5) {
      const startedAtMs = performance.now();
      await trailOf(receipt);
      times.push(performance.now() - startedAtMs);
    }
    // The fastest: what the work costs, whatever else the machine does meanwhile.
    expect(Math.min(...times)).toBeLessThan(500);
  });
});

describe('GET /api/events/:receipt on an instance that does not process', () => {
  let taker: TestApp;
  beforeAll(async () => {
    taker = await startTestApp({ DOCSTREAM_ROLES: 'ingest' });
  });
  afterAll(() => taker.close());

  it('says that a record waits, and behind how many', async () => {
    const receipts: string[] = [];
    for (let n = 0; n < 3; n++) {
      const { headers } = await request(taker.url).post('/invoiceitem').send(line('536365')).expect(200);
      receipts.push(String(headers['location']));
    }
    for (const [index, location] of receipts.entries()) {
      const { body } = await request(taker.url).get(location).expect(200);
      expect(body).toMatchObject({ state: 'waiting', before: index, batch: null, invoice: null });
    }
  });

  it('is ready without a consumer', async () => {
    const readiness = await untilReady(taker.url);
    expect(readiness).toMatchObject({ status: 'ok' });
    expect(readiness.details).not.toHaveProperty('consumer');
    const pipeline = await request(taker.url).get('/api/pipeline').expect(200);
    expect(pipeline.body).toMatchObject({ engines: { consumer: { state: 'off', message: null } } });
  });
});
