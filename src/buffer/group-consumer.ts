import kafkajs, { type Consumer, type Kafka } from 'kafkajs';
import type { Settings } from '../config.js';
import { heartbeatsInSpiteOfClock } from './heartbeat-clock.js';
import { keepGroupOffsets } from './kept-offsets.js';

/** How soon partitions that were added while running are found; kafkajs alone would take five minutes. */
const METADATA_AGE_MS = 30_000;

/**
 * Gives the consumer an order. One that crashes or leaves takes none any more, and kafkajs throws before it says so: the
 * next one begins with its own assignment and asks for the positions again.
 */
export function order(give: () => void): void {
  try {
    give();
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error;
  }
}

/** How long a member may wait for the group: a rebalance takes no longer, unless something hangs. */
export function joinMsMax({ sessionTimeoutMs }: Pick<Settings['kafka'], 'sessionTimeoutMs'>): number {
  return rebalanceMs(sessionTimeoutMs) + 2 * sessionTimeoutMs;
}

const rebalanceMs = (sessionTimeoutMs: number) => Math.max(20_000, 2 * sessionTimeoutMs);

/**
 * A member of the group. It heartbeats five times within a session, fetches small waits at a time so that a stop is
 * quick, and never restarts by itself: kafkajs's counter of failures is not reset by success, so restarts are ours.
 */
export function createConsumer(kafka: Kafka, { groupId, sessionTimeoutMs }: Settings['kafka']): Consumer {
  heartbeatsInSpiteOfClock();
  keepGroupOffsets();
  return kafka.consumer({
    groupId,
    metadataMaxAge: METADATA_AGE_MS,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceMs(sessionTimeoutMs),
    heartbeatInterval: Math.floor(sessionTimeoutMs / 5),
    maxWaitTimeInMs: 1_000,
    maxBytesPerPartition: 1.5 * 1024 * 1024,
    maxBytes: 16 * 1024 * 1024,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
}
