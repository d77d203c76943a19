// Yardstick of idleness: the same parts without docstream. A Fastify server, a kafkajs consumer and the raw driver.
import Fastify from 'fastify';
import { MongoClient } from 'mongodb';
import { kafkaClient } from '../kafka.mjs';
import { report, task } from './task.mjs';

const consumer = kafkaClient(task.brokers).consumer({ groupId: `${task.topic}-bare` });
await consumer.connect();
await consumer.subscribe({ topics: [task.topic], fromBeginning: true });
await consumer.run({ eachMessage: async () => undefined });
const client = await MongoClient.connect(task.uri);
await client.db(task.database).command({ ping: 1 });
const server = Fastify({ forceCloseConnections: true });
server.get('/', async () => 'here');
process.once('SIGTERM', async () => {
  await Promise.all([consumer.disconnect(), client.close(), server.close()]);
  process.exit(0);
});
report({ url: await server.listen({ host: '127.0.0.1', port: 0 }) });
