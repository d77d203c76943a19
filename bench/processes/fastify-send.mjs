// Yardstick of single posts: what one writes by hand, a Fastify route with schemas that awaits a kafkajs send for each line.
// Its producer is not idempotent, as in tutorials: twice as fast over many connections, and a retry may store a line twice.
import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import kafkajs from 'kafkajs';
import { kafkaClient } from '../kafka.mjs';
import { item } from './item-schema.mjs';
import { report, task } from './task.mjs';

const producer = kafkaClient(task.brokers).producer({
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});
await producer.connect();
const server = Fastify({ forceCloseConnections: true });
server.post('/invoiceitem', { schema: { body: item, response: { 200: item } } }, async ({ body }) => {
  const headers = { 'event-id': randomUUID(), 'received-at': new Date().toISOString(), 'schema-version': '1' };
  const message = { key: body.InvoiceNo, value: JSON.stringify(body), headers };
  await producer.send({ topic: task.topic, acks: -1, messages: [message] });
  return body;
});
process.once('SIGTERM', async () => {
  await server.close();
  await producer.disconnect();
  process.exit(0);
});
report({ url: await server.listen({ host: '127.0.0.1', port: 0 }) });
