// Yardstick of single posts: the least that makes the same promise. A Fastify route with schemas, and one idempotent produce
// request in flight with acks=all, which the posts that came in meanwhile join for the next one.
import kafkajs from 'kafkajs';
import { kafkaClient } from '../kafka.mjs';
import { servePosts } from './serve-posts.mjs';
import { task } from './task.mjs';

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

await servePosts(producer, append);
