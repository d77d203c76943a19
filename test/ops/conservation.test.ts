import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import request from 'supertest';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { produceRaw } from './garbage.js';
import { line } from './lines.js';

let app: TestApp;
/** Each case has invoices of its own, so that one application serves all cases. */
let cases = 0;

beforeAll(async () => {
  app = await startTestApp({ DOCSTREAM_BATCH_RECORDS_MAX: '7' });
});
afterAll(() => app.close());

type Record_ =
  | { kind: 'good'; invoice: number; event: number; quantity: number }
  | { kind: 'noise'; bytes: Uint8Array; event: number }
  | { kind: 'bad'; invoice: number; event: number; quantity: number };

const event = fc.nat(11);
const invoice = fc.nat(2);
const quantity = fc.integer({ min: 1, max: 9 });
const record: fc.Arbitrary<Record_> = fc.oneof(
  fc.record({ kind: fc.constant('good' as const), invoice, event, quantity }),
  fc.record({ kind: fc.constant('bad' as const), invoice, event, quantity }),
  fc.record({ kind: fc.constant('noise' as const), bytes: fc.uint8Array({ maxLength: 12 }), event }),
);
/** Replays between what is produced: everything as it is, or each bad record mended. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(record, { minLength: 1, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom('replay all' as const, 'mend' as const, 'discard noise' as const) },
);

const numberOf = (index: number) => `${9_000_000 + cases * 10 + index}`;
const item = (index: number, quantity: number) => line(numberOf(index), { Quantity: quantity, UnitPrice: '1.00' });

function messageOf(given: Record_): Message {
  const headers = { 'event-id': `case-${cases}-${given.event}` };
  if (given.kind === 'noise') return { key: 'noise', value: Buffer.from(given.bytes), headers };
  // A bad record says its quantity in words; mended, it says it in digits.
  const value =
    given.kind === 'good'
      ? item(given.invoice, given.quantity)
      : { ...item(given.invoice, 1), Quantity: `x${given.quantity}` };
  return { key: numberOf(given.invoice), value: JSON.stringify(value), headers };
}

interface Letter {
  id: string;
  reason: string;
  value: string | null;
}

const openLetters = async () =>
  (await request(app.url).get('/api/dead-letters?limit=200').expect(200)).body.items as Letter[];

/** Mends every open bad record; answers what a reader of Kafka would see come of it. */
async function mend(): Promise<void> {
  for (const { id, value, reason } of await openLetters()) {
    if (reason !== 'invalid-item') continue;
    const sent = JSON.parse(Buffer.from(value ?? '', 'base64').toString()) as { Quantity: string };
    await request(app.url)
      .post(`/api/dead-letters/${id}/replay`)
      .send({ ...sent, Quantity: sent.Quantity.slice(1) })
      .expect(200);
  }
}

/** What the invoices must hold: the first line of each event in each invoice that Kafka has, in the order of Kafka. */
async function expected(): Promise<Map<string, Map<string, number>>> {
  const invoices = new Map<string, Map<string, number>>();
  for (const { key, value, headers } of await app.sinks.records(app.settings.kafka.ingestionTopic)) {
    if (!/^9\d{6}$/.test(String(key)) || value === null) continue;
    const { Quantity } = JSON.parse(value.toString()) as { Quantity: unknown };
    const quantity = /^\d+$/.test(String(Quantity)) ? Number(Quantity) : null;
    if (quantity === null) continue;
    const lines = invoices.get(String(key)) ?? new Map<string, number>();
    const eventId = String(headers['event-id']);
    if (!lines.has(eventId)) lines.set(eventId, quantity);
    invoices.set(String(key), lines);
  }
  return invoices;
}

async function checkConservation(): Promise<void> {
  const batches = await app.sinks.collection('batches').find().toArray();
  let deadLetters = 0;
  for (const batch of batches) {
    expect(batch['records']).toBe(Number(batch['stored']) + Number(batch['duplicates']) + Number(batch['deadLetters']));
    deadLetters += Number(batch['deadLetters']);
  }
  const records = await app.sinks.records(app.settings.kafka.ingestionTopic);
  expect(batches.reduce((sum, batch) => sum + Number(batch['records']), 0)).toBe(records.length);
  expect(await app.sinks.collection('deadLetters').countDocuments({})).toBe(deadLetters);
  expect(await app.sinks.records(app.settings.kafka.deadLetterTopic)).toHaveLength(deadLetters);
}

describe('one in, exactly one out', () => {
  it('holds for any mix of good, bad and duplicate records with any replays', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        cases++;
        const good = new Map<string, Set<string>>();
        for (const each of steps) {
          if (typeof each === 'string') {
            if (each === 'mend') await mend();
            else if (each === 'replay all') await request(app.url).post('/api/dead-letters/replay').expect(200);
            else await request(app.url).delete('/api/dead-letters?reason=not-json').expect(200);
          } else {
            await produceRaw(app.settings, each.map(messageOf));
            for (const given of each) {
              if (given.kind === 'noise') continue;
              const events = good.get(numberOf(given.invoice)) ?? new Set<string>();
              good.set(numberOf(given.invoice), events.add(`case-${cases}-${given.event}`));
            }
          }
          await app.settled();
        }
        // In the end every bad record is mended: then each event that had a line at all is in its invoice once.
        await mend();
        await app.settled();
        await request(app.url).delete('/api/dead-letters?all=true').expect(200);
        const truth = await expected();
        for (const [invoiceNo, events] of good) {
          const { body } = await request(app.url).get(`/api/invoices/${invoiceNo}`).expect(200);
          const lines = (body as { lines: { eventId: string; quantity: number }[] }).lines;
          expect(lines).toHaveLength(events.size);
          expect(new Map(lines.map(({ eventId, quantity }) => [eventId, quantity]))).toEqual(truth.get(invoiceNo));
          const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
          expect(body).toMatchObject({ units, total: `${units}.00`, lineCount: events.size });
        }
        await checkConservation();
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});
