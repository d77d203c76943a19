import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { DeadLetterView } from '../../src/ops/dead-letters.controller.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { GARBAGE, produceRaw } from './garbage.js';
import { line } from './lines.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ DOCSTREAM_INVOICE_LINES_MAX: '3' });
});
afterAll(() => app.close());

const encoded = (id: string) => encodeURIComponent(id);
const letters = async (query = ''): Promise<DeadLetterView[]> =>
  (await request(app.url).get(`/api/dead-letters?limit=200${query}`).expect(200)).body.items as DeadLetterView[];
const invoice = async (invoiceNo: string) =>
  (await request(app.url).get(`/api/invoices/${invoiceNo}`).expect(200)).body as {
    lines: { eventId: string; quantity: number }[];
  };

/** Produces the record and finds the dead letter that it becomes. */
async function refused(
  key: string,
  value: object,
  headers: Record<string, string | string[]> = {},
): Promise<DeadLetterView> {
  const known = new Set((await letters('&state=all')).map(({ id }) => id));
  await produceRaw(app.settings, [{ key, value: JSON.stringify(value), headers }]);
  await app.settled();
  const found = (await letters()).find(({ id }) => !known.has(id));
  if (found === undefined) throw new Error('no dead letter came of it');
  return found;
}

describe('replaying one dead letter', () => {
  it('takes a body of no bytes for none, whatever type is named, and no longer counts the letter', async () => {
    const open = async () =>
      ((await request(app.url).get('/api/pipeline')).body as { deadLetters: number }).deadLetters;
    const letter = await refused('710000', line('710000', { Quantity: 0 }));
    const before = await open();
    const json = { 'content-type': 'application/json' };
    await request(app.url).post('/api/dead-letters/replay?dryRun=true').set(json).expect(200);
    await request(app.url)
      .delete(`/api/dead-letters/${encoded(letter.id)}`)
      .set(json)
      .expect(204);
    expect(await open()).toBe(before - 1);
    const another = await refused('710000', line('710000', { Quantity: 0 }));
    await request(app.url)
      .post(`/api/dead-letters/${encoded(another.id)}/replay`)
      .set(json)
      .expect(200);
    await app.settled();
    // As it was, it is refused again, as a letter of its own.
    expect(await open()).toBe(before);
  });

  it('with a correction stores it under the event id of the original, and its trail is followed', async () => {
    const letter = await refused('710001', line('710001', { Quantity: 0 }), { 'event-id': 'till-1', trace: 'kept' });
    const answer = await request(app.url)
      .post(`/api/dead-letters/${encoded(letter.id)}/replay`)
      .send(line('710001', { Quantity: 4 }))
      .expect(200);
    expect(answer.body).toEqual({
      id: letter.id,
      eventId: 'till-1',
      receipt: expect.any(String),
      location: `/api/events/${String(answer.body.receipt)}`,
    });
    expect(answer.headers.location).toBe(answer.body.location);
    await app.settled();
    expect((await invoice('710001')).lines).toMatchObject([{ eventId: 'till-1', quantity: 4 }]);
    const trail = (
      await request(app.url)
        .get(answer.headers.location ?? '')
        .expect(200)
    ).body;
    expect(trail).toMatchObject({ state: 'stored', eventId: 'till-1', invoice: '/api/invoices/710001' });
    const kept = (await request(app.url).get(`/api/dead-letters/${letter.id}`).expect(200)).body as DeadLetterView;
    expect(kept.history).toEqual([
      {
        at: expect.any(String),
        action: 'replayed',
        by: 'api',
        key: null,
        corrected: true,
        to: { partition: trail.partition, offset: trail.offset },
        receipt: answer.body.receipt,
      },
    ]);
    expect(kept.value).toBe(letter.value);
    expect((await letters()).map(({ id }) => id)).not.toContain(letter.id);
    expect((await letters('&state=replayed')).map(({ id }) => id)).toContain(letter.id);
  });

  it('sends the original headers along, all of a repeated name in their order, and where it came from', async () => {
    const tag = ['one', 'two', 'one'];
    const original = { trace: 'kept', tag, 'request-id': 'r-1', constructor: 'c' };
    const letter = await refused('710002', line('710002', { Country: '' }), original);
    expect(letter.headers).toEqual(original);
    const page = await request(app.url).get(`/dashboard/dead-letters/${letter.id}`).set('accept', 'text/html');
    expect(page.text.split('<code>tag</code>')).toHaveLength(1 + tag.length);
    const stored = await app.sinks.collection('deadLetters').findOne({ _id: letter.id } as object);
    const kept = stored?.['headers'] as { key: string }[];
    expect(kept.map(({ key }) => key)).toEqual(['trace', 'tag', 'tag', 'tag', 'request-id', 'constructor']);
    const told = await app.sinks.records(app.settings.kafka.deadLetterTopic);
    expect(told.findLast(({ key }) => String(key) === '710002')?.headers['tag']?.toString()).toBe(String(tag));
    await request(app.url).post(`/api/dead-letters/${letter.id}/replay`).send(line('710002')).expect(200);
    const records = await app.sinks.records(app.settings.kafka.ingestionTopic);
    const sent = records.findLast(({ key }) => String(key) === '710002');
    const headers = Object.fromEntries(Object.entries(sent?.headers ?? {}).map(([k, v]) => [k, String(v)]));
    expect(headers).toMatchObject({
      trace: 'kept',
      tag: String(tag),
      'request-id': 'r-1',
      'event-id': letter.id,
      'replay-of': letter.id,
    });
  });

  it('twice, or beside the same event that was posted again, stores it once', async () => {
    const letter = await refused('710003', line('710003', { Quantity: 0 }), { 'event-id': 'till-3' });
    const mended = line('710003', { Quantity: 2 });
    for (let n = 0; n < 2; n++) {
      await request(app.url).post(`/api/dead-letters/${letter.id}/replay`).send(mended).expect(200);
    }
    await request(app.url).post('/invoiceitem').set('idempotency-key', 'till-3').send(mended).expect(200);
    await app.settled();
    expect((await invoice('710003')).lines).toHaveLength(1);
  });

  it('as it is makes a dead letter of its own again, byte for byte, which can be mended as well', async () => {
    const letter = await refused('710004', line('710004', { UnitPrice: 'dear' }));
    const { body } = await request(app.url).post(`/api/dead-letters/${letter.id}/replay`).expect(200);
    await app.settled();
    const again = (await letters()).find(({ headers }) => headers['replay-of'] === letter.id);
    expect(again).toMatchObject({ key: letter.key, value: letter.value, reason: 'invalid-item', history: [] });
    expect(again?.headers['event-id']).toBe(body.eventId);
    await request(app.url).post(`/api/dead-letters/${again?.id}/replay`).send(line('710004')).expect(200);
    await app.settled();
    expect((await invoice('710004')).lines).toMatchObject([{ eventId: letter.id }]);
  });

  it('refuses a correction by the same rules, naming the fields, and ids that do not exist', async () => {
    const letter = await refused('710005', line('710005', { Quantity: 0 }));
    const bad = await request(app.url)
      .post(`/api/dead-letters/${letter.id}/replay`)
      .send(line('710005', { Quantity: 0, Extra: 1, EventId: 'another' }))
      .expect(400)
      .expect('content-type', /problem\+json/);
    expect(bad.body.errors.map(({ field }: { field: string }) => field)).toEqual(['Quantity', 'Extra']);
    const other = await request(app.url)
      .post(`/api/dead-letters/${letter.id}/replay`)
      .send(line('710005', { EventId: 'another' }))
      .expect(400);
    expect(other.body.errors[0].field).toBe('EventId');
    await request(app.url).post('/api/dead-letters/a:0:0/replay').expect(404);
    await request(app.url).delete('/api/dead-letters/a:0:0').expect(404);
    expect((await letters('&state=replayed')).map(({ id }) => id)).not.toContain(letter.id);
  });

  it('keeps apart events of two invoices that happen to have the same id', async () => {
    const headers = { 'event-id': 'till-x' };
    const one = await refused('710011', line('710011', { Quantity: 0 }), headers);
    const other = await refused('710012', line('710012', { Quantity: 0 }), headers);
    await request(app.url).post(`/api/dead-letters/${one.id}/replay`).send(line('710011')).expect(200);
    await request(app.url).post(`/api/dead-letters/${other.id}/replay`).send(line('710012')).expect(200);
    await app.settled();
    expect((await invoice('710011')).lines).toHaveLength(1);
    expect((await invoice('710012')).lines).toHaveLength(1);
  });

  it('never stores one event in two invoices, also through a dead letter of its replay', async () => {
    const letter = await refused('x', line('no number'), { 'event-id': 'till-6' });
    await request(app.url).post(`/api/dead-letters/${letter.id}/replay`).send(line('710006')).expect(200);
    const refusal = () =>
      request(app.url)
        .post(`/api/dead-letters/${letter.id}/replay`)
        .send(line('710007'))
        .expect(409)
        .expect('content-type', /problem\+json/);
    await refusal();
    // Before that it may not know yet in which one it is.
    await app.settled();
    expect((await refusal()).body.detail).toContain('710006');
    await request(app.url).post(`/api/dead-letters/${letter.id}/replay`).send(line('710006')).expect(200);
    await app.settled();
    await request(app.url).get('/api/invoices/710007').expect(404);
    expect((await invoice('710006')).lines).toHaveLength(1);

    const first = await request(app.url).post(`/api/dead-letters/${letter.id}/replay`).expect(200);
    await app.settled();
    const child = (await letters()).find(({ headers }) => headers['replay-of'] === letter.id);
    expect(first.body.receipt).toBeNull();
    await request(app.url).post(`/api/dead-letters/${child?.id}/replay`).send(line('710007')).expect(409);

    // Its first home was full: what became a dead letter there may go elsewhere.
    for (let n = 0; n < 3; n++) await request(app.url).post('/invoiceitem').send(line('710008')).expect(200);
    const full = await refused('710008', line('710008'), { 'event-id': 'till-8' });
    expect(full.reason).toBe('invoice-too-large');
    await request(app.url).post(`/api/dead-letters/${full.id}/replay`).send(line('710009')).expect(200);
    await app.settled();
    const fourth = await request(app.url).post(`/api/dead-letters/${full.id}/replay`).send(line('710010')).expect(409);
    expect(fourth.body.detail).toContain('710009');
  });
});

describe('replaying and discarding those that match', () => {
  it('replays garbage of every type twice and doubles nothing', async () => {
    await request(app.url).delete('/api/dead-letters?all=true').expect(200);
    await produceRaw(app.settings, Object.values(GARBAGE));
    await app.settled();
    const before = await letters();
    expect(before.map(({ reason }) => reason).sort()).toEqual([
      'empty',
      'invalid-event-id',
      'invalid-item',
      'invalid-item',
      'not-json',
      'not-json',
    ]);
    for (const given of ['dryRun=yes', 'dryRun=true&dryRun=true', 'state=closed', 'ids=a%20b']) {
      // Good values in the body do not make up for bad ones in the address.
      const body = { dryRun: true, state: 'all', ids: [] };
      await request(app.url).post(`/api/dead-letters/replay?${given}`).send(body).expect(400);
    }
    const dry = await request(app.url).post('/api/dead-letters/replay?dryRun=true').expect(200);
    expect(dry.body).toEqual({ matched: 6, replayed: 0, failed: 0 });
    for (let n = 0; n < 2; n++) {
      const all = await request(app.url).post('/api/dead-letters/replay').expect(200);
      expect(all.body).toEqual({ matched: 6, replayed: 6, failed: 0 });
      await app.settled();
      const after = await letters();
      expect(after.map(({ value }) => value).sort()).toEqual(before.map(({ value }) => value).sort());
      expect(after.map(({ key }) => key).sort()).toEqual(before.map(({ key }) => key).sort());
    }
    expect(await letters('&state=replayed&reason=empty')).toHaveLength(2);
  });

  it('takes a filter from the query or the body, and refuses one that it does not know', async () => {
    const byReason = await request(app.url).post('/api/dead-letters/replay?reason=empty').expect(200);
    expect(byReason.body).toEqual({ matched: 1, replayed: 1, failed: 0 });
    const none = await request(app.url).post('/api/dead-letters/replay').send({ from: '2101-01-01' }).expect(200);
    expect(none.body).toEqual({ matched: 0, replayed: 0, failed: 0 });
    const [first] = await letters('&reason=not-json');
    const byId = await request(app.url)
      .post('/api/dead-letters/replay')
      .send({ ids: [first?.id] })
      .expect(200);
    expect(byId.body.matched).toBe(1);
    for (const body of [{ raeson: 'empty' }, { reason: 7 }, { ids: 'two words' }, ['empty']]) {
      await request(app.url).post('/api/dead-letters/replay').send(body).expect(400);
    }
    expect(await letters('&text=QUANTITY')).toHaveLength(1);
    expect(await letters('&field=UnitPrice')).toHaveLength(1);
  });

  it('discards one or those that match, keeps them on record, and never all by mistake', async () => {
    await app.settled();
    const [one] = await letters('&reason=not-json');
    for (let n = 0; n < 2; n++)
      await request(app.url)
        .delete(`/api/dead-letters/${encoded(one?.id ?? '')}`)
        .expect(204);
    const kept = (await request(app.url).get(`/api/dead-letters/${one?.id}`).expect(200)).body as DeadLetterView;
    expect(kept.history).toEqual([{ at: expect.any(String), action: 'discarded', by: 'api', key: null }]);
    await request(app.url).delete('/api/dead-letters').expect(400);
    await request(app.url).delete('/api/dead-letters?raeson=empty').expect(400);
    const some = await request(app.url).delete('/api/dead-letters?reason=invalid-item').expect(200);
    expect(some.body).toEqual({ discarded: 2 });
    expect(await letters('&reason=invalid-item')).toEqual([]);
    expect((await letters('&state=discarded')).length).toBeGreaterThanOrEqual(3);
    const stored = await app.sinks.collection('deadLetters').findOne({ _id: one?.id } as object);
    const days = ((stored?.['expiresAt'] as Date).getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89);
  });

  it('does nothing for a page of another site', async () => {
    const [one] = await letters();
    const path = `/api/dead-letters/${one?.id}`;
    await request(app.url).delete(path).set('sec-fetch-site', 'cross-site').expect(403);
    await request(app.url).post(`${path}/replay`).set('origin', 'http://elsewhere.example').expect(403);
    await request(app.url).post('/api/dead-letters/replay').set('origin', 'null').expect(403);
  });
});
