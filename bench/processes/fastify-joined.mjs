// Yardstick of single posts: the least that makes the same promise. A Fastify route with schemas, and one idempotent produce
// request in flight with acks=all, which the posts that came in meanwhile join for the next one.
import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import kafkajs from 'kafkajs';
import { kafkaClient } from '../kafka.mjs';
import { item } from './item-schema.mjs';
import { report, task } from './task.mjs';

const producer = kafkaClient(task.brokers).producer({
  idempotent: true,
  maxInFlightRequests: 1,
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});
await producer.connect();

let waiting = [];
let isSending = false;

function append(message) {
  return new Promise((resolve, reject) => {
    waiting.push({ message, resolve, reject });
    if (!isSending) void sendAll();
  });
}

async function sendAll() {
  isSending = true;
  while (waiting.length > 0) {
    // One turn of the loop, so that whatever is already read joins.
    await new Promise((resume) => setImmediate(resume));
    const posts = waiting;
    waiting = [];
    const sent = producer.send({ topic: task.topic, acks: -1, messages: posts.map(({ message }) => message) });
    await sent.then(
      () => posts.forEach(({ resolve }) => resolve()),
      (error) => posts.forEach(({ reject }) => reject(error)),
    );
  }
  isSending = false;
}

const server = Fastify({ forceCloseConnections: true });
server.post('/invoiceitem', { schema: { body: item, response: { 200: item } } }, async ({ body }) => {
  const headers = { 'event-id': randomUUID(), 'received-at': new Date().toISOString(), 'schema-version': '1' };
  await append({ key: body.InvoiceNo, value: JSON.stringify(body), headers });
  return body;
});
process.once('SIGTERM', async () => {
  await server.close();
  await producer.disconnect();
  process.exit(0);
});
report({ url: await server.listen({ host: '127.0.0.1', port: 0 }) });
