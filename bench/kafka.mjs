import kafkajs from 'kafkajs';

/** A quiet kafkajs client with its defaults, as a reader of its documentation has it. */
export function kafkaClient(brokers) {
  return new kafkajs.Kafka({
    clientId: 'docstream-bench',
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/** The producer of every yardstick: idempotent, for acks=all alone can store a record twice. */
export async function connectProducer(kafka) {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return producer;
}

/** Creates one topic as docstream would. */
export async function createTopic(admin, topic, partitions) {
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
}

/** How many records of the topic the group has committed: the position of docstream's Kafka sink. */
export async function committedRecords(admin, groupId, topic) {
  const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return answer.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

/** How many records the topic holds. */
export async function endOfTopic(admin, topic) {
  const partitions = await admin.fetchTopicOffsets(topic);
  return partitions.reduce((sum, { offset }) => sum + Number(offset), 0);
}

/** Resolves with the moment (epoch ms) at which the group has committed `records` records. Rejects after the time. */
export async function untilCommitted(admin, { groupId, topic, records, timeoutMs, alive }) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const done = await committedRecords(admin, groupId, topic);
    const now = Date.now();
    if (done >= records) return now;
    alive?.();
    if (now > deadline) throw new Error(`only ${done} of ${records} records were processed within ${timeoutMs} ms`);
    await new Promise((resume) => setTimeout(resume, 25));
  }
}
