import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { DeadLetterView } from '../../src/ops/dead-letters.controller.js';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { line, produce } from './lines.js';

let app: TestApp;
type Page = { items: DeadLetterView[]; next: string | null };
const list = async (query = ''): Promise<Page> =>
  (await request(app.url).get(`/api/dead-letters${query}`).expect(200)).body as Page;

beforeAll(async () => {
  app = await startTestApp();
  const bad = Array.from({ length: 30 }, (_, n) => ({ key: String(n), value: `{"broken": ${n}` }));
  const invalid = Array.from({ length: 7 }, (_, n) => ({
    key: `I${n}`,
    value: JSON.stringify(line(`53636${n}`, { Quantity: 0, UnitPrice: 'x' })),
    headers: { 'event-id': `event-${n}`, __proto__x: 'kept', bytes: Buffer.from([0xff, 0]) },
  }));
  await produce(app.settings, bad);
  await produce(app.settings, invalid);
  await app.settled();
});
afterAll(() => app.close());

describe('GET /api/dead-letters', () => {
  it('gives the raw record in base64, where it came from, and every bad field', async () => {
    const { items } = await list('?reason=invalid-item&limit=200');
    const found = items.find(({ key }) => key === Buffer.from('I3').toString('base64'));
    expect(found).toEqual({
      id: `${found?.topic}:${found?.partition}:${found?.offset}`,
      reason: 'invalid-item',
      message: expect.stringMatching(/Quantity .*; UnitPrice /),
      errors: [
        { field: 'Quantity', message: expect.any(String) },
        { field: 'UnitPrice', message: expect.any(String) },
      ],
      topic: app.settings.kafka.ingestionTopic,
      partition: expect.any(Number),
      offset: expect.any(Number),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      key: Buffer.from('I3').toString('base64'),
      value: Buffer.from(JSON.stringify(line('536363', { Quantity: 0, UnitPrice: 'x' }))).toString('base64'),
      headers: {
        'event-id': 'event-3',
        __proto__x: 'kept',
        bytes: 'base64:/wA=',
      },
      history: [],
    });
    const one = await request(app.url)
      .get(`/api/dead-letters/${encodeURIComponent(found?.id ?? '')}`)
      .expect(200);
    expect(one.body).toEqual(found);
  });

  it('pages through every one once, newest first', async () => {
    const seen: DeadLetterView[] = [];
    let query = '?limit=4';
    for (let pages = 0; pages < 20; pages++) {
      const { items, next } = await list(query);
      expect(items.length).toBeLessThanOrEqual(4);
      seen.push(...items);
      if (next === null) break;
      query = `?limit=4&cursor=${next}`;
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(37);
    expect(seen).toHaveLength(37);
    const times = seen.map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('filters by reason and by time, both bounds inclusive', async () => {
    expect((await list('?reason=not-json&limit=200')).items).toHaveLength(30);
    expect((await list('?reason=empty')).items).toEqual([]);
    const [newest] = (await list('?limit=1')).items;
    const at = newest?.at ?? '';
    const exact = (await list(`?from=${at}&to=${at}&limit=200`)).items;
    expect(exact.map(({ id }) => id)).toContain(newest?.id);
    expect(new Set(exact.map((letter) => letter.at))).toEqual(new Set([at]));
    expect((await list(`?from=${at.slice(0, 10)}&limit=200`)).items.length).toBeGreaterThan(0);
    expect((await list('?to=2001-01-01')).items).toEqual([]);
    expect((await list('?from=2101-01-01')).items).toEqual([]);
    expect((await list('?reason=&from=&to=&limit=200')).items).toHaveLength(37);
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'from=12/1/2010',
    'to=2010-02-30',
    'cursor=x',
    'reason=a&reason=b',
    'reason=A%20',
  ])('refuses %s with a problem that names the field', async (query) => {
    const { body } = await request(app.url)
      .get(`/api/dead-letters?${query}`)
      .expect(400)
      .expect('content-type', /application\/problem\+json/);
    expect((body as { errors: { field: string }[] }).errors[0]?.field).toBe(query.split('=')[0]);
  });

  it('answers 404 for an id that no dead letter has', async () => {
    for (const id of ['nonsense', 'a:0:0', '%00']) {
      await request(app.url).get(`/api/dead-letters/${id}`).expect(404);
    }
  });
});
