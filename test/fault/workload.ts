import type { Message } from 'kafkajs';
import type { Settings } from '../../src/config.js';
import { itemOf, type OracleLine } from '../helpers/oracle-data.js';
import { plainKafka } from '../helpers/oracle-sinks.js';

/** What goes into the topic, and what the oracle is to make of it. */
export interface Workload {
  messages: Message[];
  /** In the order of the messages, repeated events included. */
  lines: OracleLine[];
  /** The values of the messages that nothing can be made of. */
  garbage: string[];
}

/** The same sequence of numbers in [0, 1) for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Carts of up to twenty lines, guests, cancellations, one event in twenty sent twice and a few records of garbage. */
export function makeWorkload(seed: number, count: number): Workload {
  const random = seeded(seed);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const countries = ['United Kingdom', 'France', 'EIRE', 'Côte d’Ivoire'];
  const workload: Workload = { messages: [], lines: [], garbage: [] };
  const send = (line: OracleLine) => {
    workload.lines.push(line);
    workload.messages.push(messageOf(line));
  };
  for (let invoice = 0; workload.messages.length < count; invoice += 1) {
    const head = {
      invoiceNo: `${random() < 0.05 ? 'C' : ''}${600_000 + invoice}`,
      invoiceDate: `2011-0${1 + upTo(3)}-1${upTo(10)}T0${upTo(10)}:${10 + upTo(50)}:00Z`,
      customerId: random() < 0.25 ? null : 12_000 + upTo(40),
      country: countries[upTo(countries.length)] ?? 'France',
    };
    for (let line = 1 + upTo(20); line > 0; line -= 1) {
      const eventId = `w${seed}:${workload.messages.length}`;
      const stockCode = String(20_000 + upTo(300));
      const description = random() < 0.02 ? null : `THING "${stockCode}"`;
      const quantity = head.invoiceNo.startsWith('C') ? -1 - upTo(9) : 1 + upTo(99);
      send({ ...head, eventId, stockCode, description, quantity, unitPrice: BigInt(upTo(2_000_000)) });
      const again = workload.lines[workload.lines.length - 1 - upTo(Math.min(60, workload.lines.length))];
      if (again !== undefined && random() < 0.05) send(again);
      if (random() < 0.01) {
        const value = `garbage ${workload.messages.length}`;
        workload.garbage.push(value);
        workload.messages.push({ key: head.invoiceNo, value, headers: { 'event-id': `g${seed}:${upTo(99)}` } });
      }
    }
  }
  return workload;
}

/** Produces in order, as the application would. */
export async function produce(settings: Settings, messages: readonly Message[]): Promise<void> {
  const producer = plainKafka(settings).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    for (let at = 0; at < messages.length; at += 500) {
      await producer.send({ topic: settings.kafka.ingestionTopic, messages: messages.slice(at, at + 500) });
    }
  } finally {
    await producer.disconnect();
  }
}

function messageOf(line: OracleLine): Message {
  const value = JSON.stringify(itemOf(line));
  return { key: line.invoiceNo, value, headers: { 'event-id': line.eventId } };
}
