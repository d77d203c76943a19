import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import type { Settings } from '../config.js';
import { askCluster } from './hidden-cluster.js';
import { askOnce } from './ask-once.js';
import { createKafka } from './kafka-client.js';
import { plannedTopics } from './topics.js';

/** A cluster as an operator would look at it. */
export interface KafkaFacts {
  brokers: number;
  /** The highest versions of requests that grow with the release; null: not told. */
  versions: { fetch: number | null; describeLogDirs: number | null };
  /** The settings of one of the brokers; null: this user may not read them. */
  brokerSettings: ReadonlyMap<string, string> | null;
  /** In the order of the settings: ingestion, output, dead letters. */
  topics: readonly TopicFacts[];
  group: { state: string; members: number };
}

export interface TopicFacts {
  name: string;
  /** What it would be created with. */
  planned: { partitions: number; settings: ReadonlyMap<string, string> };
  exists: boolean;
  partitions: readonly PartitionFacts[];
  /** Null: this user may not read them. */
  settings: ReadonlyMap<string, string> | null;
}

export interface PartitionFacts {
  hasLeader: boolean;
  replicas: number;
  inSync: number;
  start: number;
  end: number;
  /** The group's position; null: none. */
  committed: number | null;
}

const ANSWER_TIMEOUT_MS = 15_000;

/** Reads all of it and changes nothing. Rejects with BufferUnavailableError, within 15 s, when no broker answers. */
export async function lookAtKafka(settings: Settings['kafka']): Promise<KafkaFacts> {
  const kafka = createKafka({ ...settings, clientId: `${settings.clientId}-doctor` });
  return askOnce(kafka, ANSWER_TIMEOUT_MS, async (admin) => {
    const { brokers } = await admin.describeCluster();
    const existing = new Set(await admin.listTopics());
    const topics: TopicFacts[] = [];
    for (const { topic, numPartitions, configEntries } of plannedTopics(settings, brokers.length)) {
      const wanted = new Map(configEntries.map(({ name, value }) => [name, value]));
      const planned = { partitions: numPartitions, settings: wanted };
      const found = existing.has(topic)
        ? await topicFacts(admin, topic, settings.groupId)
        : { exists: false, partitions: [], settings: null };
      topics.push({ name: topic, planned, ...found });
    }
    const { groups } = await admin.describeGroups([settings.groupId]);
    const [group] = groups;
    return {
      brokers: brokers.length,
      versions: await versionsOf(kafka).catch(() => NOT_TOLD),
      brokerSettings: await settingsOf(admin, kafkajs.ConfigResourceTypes.BROKER, String(brokers[0]?.nodeId)),
      topics,
      group: { state: group?.state ?? 'Unknown', members: group?.members.length ?? 0 },
    };
  });
}

async function topicFacts(admin: Admin, topic: string, groupId: string): Promise<Omit<TopicFacts, 'name' | 'planned'>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const committed = await admin.fetchOffsets({ groupId, topics: [topic] });
  // A partition without a leader can't say where it begins and ends.
  const offsets = await admin.fetchTopicOffsets(topic).catch(() => []);
  const partitions = (topics[0]?.partitions ?? []).map(({ partitionId, leader, replicas, isr }) => {
    const range = offsets.find(({ partition }) => partition === partitionId);
    const position = committed[0]?.partitions.find(({ partition }) => partition === partitionId)?.offset ?? '-1';
    return {
      hasLeader: leader >= 0,
      replicas: replicas.length,
      inSync: isr.length,
      start: Number(range?.low ?? 0),
      end: Number(range?.high ?? 0),
      committed: Number(position) < 0 ? null : Number(position),
    };
  });
  return { exists: true, partitions, settings: await settingsOf(admin, kafkajs.ConfigResourceTypes.TOPIC, topic) };
}

async function settingsOf(admin: Admin, type: number, name: string): Promise<ReadonlyMap<string, string> | null> {
  try {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name }] });
    return new Map((resources[0]?.configEntries ?? []).map((entry) => [entry.configName, entry.configValue]));
  } catch {
    return null;
  }
}

const FETCH_KEY = 1;
const DESCRIBE_LOG_DIRS_KEY = 35;
const NOT_TOLD = { fetch: null, describeLogDirs: null };

/** kafkajs asks each broker for the versions of its requests, and shows them to nobody. */
async function versionsOf(kafka: Kafka): Promise<KafkaFacts['versions']> {
  const told = await askCluster(kafka, ({ brokerPool: { versions } }) => {
    const highest = (key: number) => versions?.[key]?.maxVersion ?? null;
    return Promise.resolve({ fetch: highest(FETCH_KEY), describeLogDirs: highest(DESCRIBE_LOG_DIRS_KEY) });
  });
  return told ?? NOT_TOLD;
}
