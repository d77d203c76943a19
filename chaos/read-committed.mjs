import kafkajs from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';

const READ_UNCOMMITTED = 0;
const FETCH_BYTES = 16 * 1024 * 1024;
const COMMIT = 1;

/**
 * All records of a topic up to its present end that belong to no transaction or to one that was committed, as
 * `{ partition, offset, key, value, headers }` in the order of partitions and offsets. Goes by the markers in the log:
 * kafkajs's own `read_committed` hands on records of aborted transactions when several producers had some in one
 * partition. Rejects when the end is not reached within the time.
 */
export async function readCommitted(kafka, admin, topic, msMax) {
  const deadline = performance.now() + msMax;
  const cluster = await connect(kafka, topic);
  try {
    const partitions = await admin.fetchTopicOffsets(topic);
    const records = [];
    for (const { partition, low, high } of partitions.sort((a, b) => a.partition - b.partition)) {
      const messages = await readTo(Number(high), cluster, { topic, partition, position: Number(low) }, deadline);
      for (const { offset, key, value, headers = {} } of committed(messages)) {
        records.push({ partition, offset: Number(offset), key, value, headers });
      }
    }
    return records;
  } finally {
    await cluster.disconnect();
  }
}

/** kafkajs hands what can fetch without a group to assigners only. Its consumer never connects. */
async function connect(kafka, topic) {
  let cluster;
  const assigner = (given) => {
    ({ cluster } = given);
    return kafkajs.PartitionAssigners.roundRobin(given);
  };
  kafka.consumer({ groupId: 'oracle', partitionAssigners: [assigner] });
  await cluster.connect();
  await cluster.addTargetTopic(topic);
  return cluster;
}

/** Everything of a partition from the position to the end, markers included. */
async function readTo(end, cluster, { topic, partition, position }, deadline) {
  const messages = [];
  let next = position;
  while (next < end) {
    if (performance.now() > deadline) throw new Error(`${topic} could not be read to its end: ${next} of ${end}`);
    for (const message of await fetch(cluster, topic, partition, next)) {
      // A compressed batch comes whole, also when asked for from its middle.
      if (Number(message.offset) < next) continue;
      messages.push(message);
      next = Number(message.offset) + 1;
    }
  }
  return messages;
}

async function fetch(cluster, topic, partition, offset) {
  try {
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    const broker = await cluster.findBroker({ nodeId });
    const wanted = [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: FETCH_BYTES }] }];
    const limits = { maxWaitTime: 200, minBytes: 1, maxBytes: FETCH_BYTES };
    const answer = await broker.fetch({ isolationLevel: READ_UNCOMMITTED, ...limits, topics: wanted });
    return answer.responses[0].partitions[0].messages;
  } catch (error) {
    // The leader has moved or is being chosen: asked again, until the time is over.
    if (!error.retriable) throw error;
    await pause(200);
    await cluster.refreshMetadata();
    return [];
  }
}

function committed(messages) {
  const found = [];
  const undecided = new Map();
  for (const message of messages) {
    const { producerId, inTransaction } = message.batchContext;
    if (!undecided.has(producerId)) undecided.set(producerId, []);
    if (message.isControlRecord) {
      // A marker: its key is a version and then its kind, two bytes each.
      if (message.key.readInt16BE(2) === COMMIT) for (const one of undecided.get(producerId)) found.push(one);
      undecided.set(producerId, []);
    } else if (inTransaction) undecided.get(producerId).push(message);
    else found.push(message);
  }
  return found.sort((a, b) => Number(a.offset) - Number(b.offset));
}
