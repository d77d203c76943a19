// What the yardsticks have in common that send what is posted to Kafka: a Fastify route with schemas that answers once `append`
// has the message there.
import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { item } from './item-schema.mjs';
import { report } from './task.mjs';

export async function servePosts(producer, append) {
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
}
