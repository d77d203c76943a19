import kafkajs, { type Message } from 'kafkajs';
import { createKafka } from '../../src/buffer/index.js';
import type { Settings } from '../../src/config.js';
import { line } from './lines.js';

/** One record for each reason for which a record becomes a dead letter, but for invoices that are too large. */
export const GARBAGE: Record<string, Message> = {
  empty: { key: 'tombstone', value: null },
  'not-json': { key: 'text', value: 'not JSON at all' },
  binary: { key: Buffer.from([0, 255, 128]), value: Buffer.from([0xff, 0x00, 0xfe, 0x80]) },
  'invalid-item': { key: '700001', value: JSON.stringify(line('700001', { Quantity: 0 })) },
  'invalid-event-id': { key: '700002', value: JSON.stringify(line('700002')), headers: { 'event-id': 'two words' } },
  keyless: { key: null, value: JSON.stringify(line('700003', { UnitPrice: 'cheap' })), headers: { 'event-id': 'e-3' } },
};

/** Puts records into the ingestion topic, bytes and all; resolves once Kafka has them. */
export async function produceRaw(settings: Settings, messages: readonly Message[]): Promise<void> {
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
  const producer = createKafka(settings.kafka).producer({ createPartitioner });
  await producer.connect();
  try {
    for (let at = 0; at < messages.length; at += 2_000) {
      await producer.send({ topic: settings.kafka.ingestionTopic, messages: messages.slice(at, at + 2_000) });
    }
  } finally {
    await producer.disconnect();
  }
}
