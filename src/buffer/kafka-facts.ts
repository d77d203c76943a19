import kafkajs, { type Admin, type Kafka, type PartitionMetadata } from 'kafkajs';
import type { Settings } from '../config.js';
import { askCluster } from './hidden-cluster.js';
import { askOnce } from './ask-once.js';
import { createKafka } from './kafka-client.js';
import { NO_LEADER } from './leaderless.js';
import { type Log, logsOf } from './topic-logs.js';
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
  /** Other topics that have partitions without a leader, by name; Kafka's own among them. */
  leaderless: readonly { name: string; partitions: number }[];
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
  /** Null, as `end`: there is no leader who could tell. */
  start: number | null;
  end: number | null;
  /** The group's position; null: none. */
  committed: number | null;
}

const ANSWER_TIMEOUT_MS = 15_000;

/** Reads all of it and changes nothing. Rejects with BufferUnavailableError, within 15 s, when no broker answers. */
export async function lookAtKafka(settings: Settings['kafka']): Promise<KafkaFacts> {
  const kafka = createKafka({ ...settings, clientId: `${settings.clientId}-doctor` });
  return askOnce(kafka, ANSWER_TIMEOUT_MS, async (admin) => {
    const { brokers } = await admin.describeCluster();
    // Of all topics, since only that is answered where one of them has a partition without a leader.
    const { topics: existing } = await admin.fetchTopicMetadata();
    const planned = plannedTopics(settings, brokers.length);
    const own = existing.filter(({ name }) => planned.some(({ topic }) => topic === name));
    // With topics it would ask for each of them first.
    const [committed, logs] = await Promise.all([
      admin.fetchOffsets({ groupId: settings.groupId }),
      logsOf(
        kafka,
        own.map(({ name }) => name),
      ),
    ]);
    const topics: TopicFacts[] = [];
    for (const { topic, numPartitions, configEntries } of planned) {
      const wanted = new Map(configEntries.map(({ name, value }) => [name, value]));
      const found = own.find(({ name }) => name === topic);
      const positions = committed.find((entry) => entry.topic === topic)?.partitions ?? [];
      topics.push({
        name: topic,
        planned: { partitions: numPartitions, settings: wanted },
        exists: found !== undefined,
        partitions: partitionFacts(found?.partitions ?? [], logs.get(topic) ?? [], positions),
        settings: found === undefined ? null : await settingsOf(admin, kafkajs.ConfigResourceTypes.TOPIC, topic),
      });
    }
    const { groups } = await admin.describeGroups([settings.groupId]);
    const [group] = groups;
    return {
      brokers: brokers.length,
      versions: await versionsOf(kafka).catch(() => NOT_TOLD),
      brokerSettings: await settingsOf(admin, kafkajs.ConfigResourceTypes.BROKER, String(brokers[0]?.nodeId)),
      topics,
      leaderless: leaderlessOf(existing.filter((topic) => !own.includes(topic))),
      group: { state: group?.state ?? 'Unknown', members: group?.members.length ?? 0 },
    };
  });
}

function partitionFacts(
  partitions: readonly PartitionMetadata[],
  log: Log,
  positions: readonly { partition: number; offset: string }[],
): PartitionFacts[] {
  return partitions.map(({ partitionId, leader, replicas, isr }) => {
    const range = log.find(({ partition }) => partition === partitionId);
    const position = Number(positions.find(({ partition }) => partition === partitionId)?.offset ?? -1);
    return {
      hasLeader: leader !== NO_LEADER,
      replicas: replicas.length,
      inSync: isr.length,
      start: range?.start ?? null,
      end: range?.end ?? null,
      committed: position < 0 ? null : position,
    };
  });
}

function leaderlessOf(topics: readonly { name: string; partitions: PartitionMetadata[] }[]): KafkaFacts['leaderless'] {
  const counted = topics.map(({ name, partitions }) => {
    return { name, partitions: partitions.filter(({ leader }) => leader === NO_LEADER).length };
  });
  return counted.filter(({ partitions }) => partitions > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
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
