import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import type { Settings } from '../config.js';
import { askOnce } from './ask-once.js';
import { createKafka } from './kafka-client.js';
import { createTopics } from './topics.js';

const TRIAL_TIMEOUT_MS = 20_000;

/**
 * Writes one record in a transaction, acknowledged by all in-sync replicas, into a topic of its own that is removed
 * again. Resolves with how far the broker's clock is ahead of this machine's, in ms, give or take the time of a request;
 * null: the broker did not tell. Rejects, within 20 s, when any of it is refused.
 */
export async function tryKafka(settings: Settings['kafka'], replicas: number): Promise<number | null> {
  const kafka = createKafka({ ...settings, clientId: `${settings.clientId}-doctor` });
  const name = `${settings.groupId.replace(/[^\w.-]/g, '_').slice(0, 200)}-doctor-${randomUUID().slice(0, 8)}`;
  return askOnce(kafka, TRIAL_TIMEOUT_MS, async (admin) => {
    await createTopic(admin, name, replicas);
    try {
      return await writeOne(kafka, name);
    } finally {
      await admin.deleteTopics({ topics: [name], timeout: 10_000 });
    }
  });
}

/** What is not removed after all keeps nothing for longer than a minute. */
async function createTopic(admin: Admin, topic: string, replicationFactor: number): Promise<void> {
  const configEntries = [
    // The broker puts its own time on the records, and tells it.
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    { name: 'retention.ms', value: '60000' },
  ];
  const topics = [{ topic, numPartitions: 1, replicationFactor, configEntries }];
  await createTopics(admin, topics);
}

async function writeOne(kafka: Kafka, topic: string): Promise<number | null> {
  const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    const transaction = await producer.transaction();
    const sentAtMs = Date.now();
    const [answer] = await transaction.send({ topic, acks: -1, messages: [{ value: 'docstream doctor' }] });
    const answeredAtMs = Date.now();
    await transaction.commit();
    const brokerMs = Number(answer?.logAppendTime ?? -1);
    return brokerMs < 0 ? null : Math.round(brokerMs - (sentAtMs + answeredAtMs) / 2);
  } finally {
    await producer.disconnect();
  }
}
