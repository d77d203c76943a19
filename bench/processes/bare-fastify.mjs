// Yardstick of single posts: what Fastify alone does with an item, a schema for the body and one for the answer.
import Fastify from 'fastify';
import { item } from './item-schema.mjs';
import { report } from './task.mjs';

const server = Fastify({ forceCloseConnections: true });
server.post('/invoiceitem', { schema: { body: item, response: { 200: item } } }, async (request) => request.body);
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
report({ url: await server.listen({ host: '127.0.0.1', port: 0 }) });
