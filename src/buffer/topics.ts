import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { Settings } from '../config.js';

/** Kafka's default of a week would remove what a system that was off for longer has accepted and not yet processed. */
const INGESTION_RETENTION_MS = 90 * 24 * 3_600_000;

/** A dead letter carries the original record whole, and what was wrong with it besides. */
const DEAD_LETTER_BYTES_MAX = 4 * 1024 * 1024;

/** A topic as it is created where it does not exist. */
export interface PlannedTopic {
  topic: string;
  numPartitions: number;
  replicationFactor: number;
  configEntries: { name: string; value: string }[];
}

/** Replication follows the cluster: three where there are three brokers, and then two must be in sync. */
export function plannedTopics(settings: Settings['kafka'], brokers: number): PlannedTopic[] {
  const replicationFactor = Math.min(3, brokers);
  const inSync = [{ name: 'min.insync.replicas', value: String(Math.min(2, replicationFactor)) }];
  const topic = (name: string, numPartitions: number, configEntries = inSync) => ({
    topic: name,
    numPartitions,
    replicationFactor,
    configEntries,
  });
  return [
    topic(settings.ingestionTopic, settings.partitions, [
      ...inSync,
      { name: 'retention.ms', value: String(INGESTION_RETENTION_MS) },
    ]),
    topic(settings.outputTopic, settings.partitions),
    topic(settings.deadLetterTopic, 1, [
      ...inSync,
      { name: 'max.message.bytes', value: String(DEAD_LETTER_BYTES_MAX) },
    ]),
  ];
}

/** Creates the topics that do not exist. What exists is left as it is, so an operator's own settings stand. */
export async function ensureTopics(admin: Admin, settings: Settings['kafka']): Promise<void> {
  const { brokers } = await admin.describeCluster();
  const wanted = plannedTopics(settings, brokers.length);
  const existing = new Set(await admin.listTopics());
  const missing = wanted.filter(({ topic: name }) => !existing.has(name));
  if (missing.length > 0) await createTopics(admin, missing);
}

const LOOK_MS = 100;
const LEADERS_MS_MAX = 30_000;

/**
 * Creates the topics and resolves once each of their partitions has a leader. kafkajs' own wait for leaders fails at a
 * broker that has not heard of the new topic yet, as a busy one has not. Rejects with what Kafka said last.
 */
export async function createTopics(
  admin: Pick<Admin, 'createTopics' | 'fetchTopicMetadata'>,
  topics: PlannedTopic[],
): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false });
  const names = topics.map(({ topic }) => topic);
  for (const deadline = performance.now() + LEADERS_MS_MAX; ;) {
    try {
      const answer = await admin.fetchTopicMetadata({ topics: names });
      const partitions = answer.topics.flatMap((topic) => topic.partitions);
      if (partitions.every(({ leader }) => leader >= 0)) return;
      if (performance.now() > deadline) throw new Error('a new topic has no leader');
    } catch (error) {
      const passes = (error as { retriable?: unknown }).retriable === true;
      if (!passes || performance.now() > deadline) throw error;
    }
    await pause(LOOK_MS);
  }
}
