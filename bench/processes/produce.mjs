// Yardstick of bulk ingest, and what fills a topic before processing is measured: kafkajs produces canonical items.
import { randomUUID } from 'node:crypto';
import { connectProducer, kafkaClient } from '../kafka.mjs';
import { keyOf, readLines, report, task } from './task.mjs';

const { brokers, topic, file, lines, warmupLines, batch } = task;
const values = readLines(file, lines);
const producer = await connectProducer(kafkaClient(brokers));

const messagesOf = (from, to) => {
  const receivedAt = new Date().toISOString();
  const requestId = randomUUID();
  return values.slice(from, to).map((value) => ({
    key: keyOf(value),
    value,
    headers: {
      'event-id': randomUUID(),
      'received-at': receivedAt,
      'schema-version': '1',
      'request-id': requestId,
    },
  }));
};

/** Two at a time: while one request is on its way kafkajs encodes the next one. More were not faster. */
async function produce(count) {
  let at = 0;
  const lane = async () => {
    while (at < count) {
      const from = at;
      at += batch;
      await producer.send({ topic, acks: -1, messages: messagesOf(from, Math.min(from + batch, count)) });
    }
  };
  await Promise.all([lane(), lane()]);
}

await produce(Math.min(warmupLines, values.length));
const fromMs = Date.now();
const startedAt = performance.now();
await produce(values.length);
const seconds = (performance.now() - startedAt) / 1000;
const toMs = Date.now();
await producer.disconnect();
report({ fromMs, toMs, count: values.length, perSecond: values.length / seconds });
