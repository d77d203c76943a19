// Yardstick of single posts: what one writes by hand, a Fastify route with schemas that awaits a kafkajs send for each line.
// Its producer is not idempotent, as in tutorials: twice as fast over many connections, and a retry may store a line twice.
import kafkajs from 'kafkajs';
import { kafkaClient } from '../kafka.mjs';
import { servePosts } from './serve-posts.mjs';
import { task } from './task.mjs';

const producer = kafkaClient(task.brokers).producer({
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});
await producer.connect();
await servePosts(producer, (message) => producer.send({ topic: task.topic, acks: -1, messages: [message] }));
