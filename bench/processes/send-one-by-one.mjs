// Yardstick of the latency of one post: one awaited kafkajs send of one message, acks=all, idempotent.
import { randomUUID } from 'node:crypto';
import { connectProducer, kafkaClient } from '../kafka.mjs';
import { keyOf, readLines, report, task } from './task.mjs';

const values = readLines(task.file, task.bodies);
const producer = await connectProducer(kafkaClient(task.brokers));
const times = [];
let fromMs = 0;
for (let n = -task.warmup; n < task.requests; n += 1) {
  if (n === 0) fromMs = Date.now();
  const value = values[(n + task.warmup) % values.length];
  const headers = { 'event-id': randomUUID(), 'received-at': new Date().toISOString(), 'schema-version': '1' };
  const startedAt = performance.now();
  await producer.send({ topic: task.topic, acks: -1, messages: [{ key: keyOf(value), value, headers }] });
  if (n >= 0) times.push(performance.now() - startedAt);
}
const toMs = Date.now();
await producer.disconnect();
report({ fromMs, toMs, times });
