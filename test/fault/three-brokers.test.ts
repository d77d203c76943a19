import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { listTopics } from '../../src/buffer/index.js';
import { kafkaFindings } from '../../src/cli/doctor/kafka-checks.js';
import { cacheDir, freshFolder, removeFolders } from '../engines/set-up.js';
import { startTestApp, type TestApp, testSettings, untilReady } from '../helpers/app.js';
import { differenceInInvoices, differenceInOutput, Oracle } from '../helpers/oracle.js';
import { plainKafka, until } from '../helpers/oracle-sinks.js';
import { KafkaCluster } from './cluster.js';
import { Stream } from './stream.js';

const PATIENCE_MS = 120_000;
let cluster: KafkaCluster;
let app: TestApp;
let stream: Stream;
beforeAll(async () => {
  cluster = await KafkaCluster.start(freshFolder(), cacheDir);
  app = await startTestApp({ KAFKA_BROKERS: cluster.brokers, DOCSTREAM_SESSION_TIMEOUT_MS: '6000' });
  stream = new Stream([app.url], { pauseMs: 50 });
  stream.start(2);
  await stream.advances(5);
});
afterAll(async () => {
  stream?.abandon();
  await app?.close();
  await cluster?.stop();
  removeFolders();
});

describe('a Kafka of three brokers', () => {
  it('gets topics of three replicas, two of which must be in sync', async () => {
    await untilReplicated();
    await withAdmin(async (admin) => {
      const name = app.settings.kafka.ingestionTopic;
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name }] });
      const inSync = resources[0]?.configEntries.find(({ configName }) => configName === 'min.insync.replicas');
      expect(inSync?.configValue).toBe('2');
    });
  });

  it.each([1, 2, 3])('goes on when broker %i is killed under load', async (nodeId) => {
    cluster.kill(nodeId);
    await stream.advances(15, PATIENCE_MS);
    await untilReady(app.url);
    await cluster.startNodes([nodeId]);
    await untilReplicated();
  });

  it('of which two are dead makes posts wait with 503 and Retry-After, until they are back', async () => {
    cluster.kill(1);
    cluster.kill(2);
    const refusedBefore = stream.heard.refused.get(503) ?? 0;
    await until(
      () => (stream.heard.refused.get(503) ?? 0) > refusedBefore,
      PATIENCE_MS,
      () => 'posts are not refused',
    );
    await until(
      async () => (await fetch(`${app.url}/health/ready`)).status === 503,
      PATIENCE_MS,
      () => 'readiness does not tell',
    );
    await cluster.startNodes([1, 2]);
    await stream.advances(15, PATIENCE_MS);
    expect(stream.heard.withoutRetryAfter).toBe(0);
    expect([...stream.heard.refused.keys()].filter((status) => status !== 503)).toEqual([]);
  });

  it('has lost nothing and doubled nothing in all of this', async () => {
    await stream.stop();
    await app.settled();
    const oracle = new Oracle().addAll(stream.lines);
    expect(differenceInInvoices(oracle, await app.sinks.invoices())).toBeNull();
    expect(differenceInOutput(oracle, await app.sinks.output())).toBeNull();
  });
});

describe('a topic that has a partition on a dead broker alone', () => {
  let others: TestApp | undefined;
  afterAll(() => others?.close());

  it('keeps no instance from starting, where it is not its own', async () => {
    await createOnBrokers('of-others', [1, 3]);
    cluster.kill(3);
    await until(hasLost('of-others', 1), PATIENCE_MS, () => 'its leader is not gone');
    others = await startTestApp({ KAFKA_BROKERS: cluster.brokers });
    await untilReady(others.url);
    const { topic, partitions } = await listed(others, 'of-others');
    expect({ topic, partitions }).toEqual({
      topic: 'of-others',
      partitions: [
        { partition: 0, start: 0, end: 0 },
        { partition: 1, start: null, end: null },
      ],
    });
  });

  it('is told by the doctor: whose it is, and what it means', async () => {
    const { kafka } = testSettings({ KAFKA_BROKERS: cluster.brokers });
    await createOnBrokers(kafka.ingestionTopic, [1, 2]);
    await createOnBrokers(kafka.outputTopic, [2, 1]);
    await cluster.startNodes([3]);
    await createOnBrokers(kafka.deadLetterTopic, [3]);
    cluster.kill(3);
    await until(hasLost(kafka.deadLetterTopic, 0), PATIENCE_MS, () => 'its leader is not gone');
    const found = await kafkaFindings(kafka);
    expect(found.filter(({ found: what }) => what.includes('no leader'))).toEqual([
      expect.objectContaining({ level: 'FAIL', check: `topic ${kafka.deadLetterTopic}` }),
      expect.objectContaining({ level: 'warn', check: 'topic of-others', found: '1 partition has no leader' }),
    ]);
  });
});

async function listed({ settings }: TestApp, name: string) {
  const rows = (await listTopics(settings.kafka)).filter(({ topic }) => topic === name);
  return { topic: name, partitions: rows.map(({ partition, start, end }) => ({ partition, start, end })) };
}

/** A topic of as many partitions, each on the one broker that is named. */
function createOnBrokers(topic: string, nodeIds: readonly number[]): Promise<void> {
  const replicaAssignment = nodeIds.map((nodeId, partition) => ({ partition, replicas: [nodeId] }));
  return withAdmin(async (admin) => {
    await admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: false });
  });
}

function hasLost(topic: string, partition: number): () => Promise<boolean> {
  return () =>
    withAdmin(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata();
      const found = topics.find(({ name }) => name === topic)?.partitions;
      return found?.find(({ partitionId }) => partitionId === partition)?.leader === -1;
    });
}

/** Every partition, those of Kafka's own topics too, has all three replicas in sync. */
function untilReplicated(): Promise<void> {
  return until(
    () =>
      withAdmin(async (admin) => {
        const { topics } = await admin.fetchTopicMetadata();
        return topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === 3));
      }).catch(() => false),
    PATIENCE_MS,
    () => 'the replicas are not in sync',
  );
}

async function withAdmin<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = plainKafka(app.settings).admin();
  try {
    await admin.connect();
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}
