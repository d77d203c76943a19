import { expect, it } from '@jest/globals';
import kafkajs, { type ITopicMetadata } from 'kafkajs';
import { createTopics } from '../../src/buffer/topics.js';

const TOPIC = { topic: 'new', numPartitions: 1, replicationFactor: 1, configEntries: [] };

/** A broker that answers for the new topic as it is told to, and in the end as it should. */
function broker(...answers: (Error | number)[]) {
  let asked = 0;
  const metadata = (leader: number): { topics: ITopicMetadata[] } => ({
    topics: [{ name: 'new', partitions: [{ partitionErrorCode: 0, partitionId: 0, leader, replicas: [1], isr: [1] }] }],
  });
  return {
    asked: () => asked,
    createTopics: () => Promise.resolve(true),
    fetchTopicMetadata: () => {
      const answer = answers[asked++] ?? 1;
      return typeof answer === 'number' ? Promise.resolve(metadata(answer)) : Promise.reject(answer);
    },
  };
}

const protocolError = (type: string, retriable: boolean) =>
  new kafkajs.KafkaJSProtocolError({ type, code: 3, retriable, message: type, name: type, stack: '' } as never);

it('a topic that a busy broker has not heard of yet, or that has no leader yet, is waited for', async () => {
  const busy = broker(protocolError('UNKNOWN_TOPIC_OR_PARTITION', true), -1);
  await createTopics(busy, [TOPIC]);
  expect(busy.asked()).toBe(3);
});

it('a topic that may not be looked at is told at once', async () => {
  const closed = broker(protocolError('TOPIC_AUTHORIZATION_FAILED', false));
  await expect(createTopics(closed, [TOPIC])).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED');
  expect(closed.asked()).toBe(1);
});
