import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { cacheDir, freshFolder, removeFolders } from '../engines/set-up.js';
import { startTestApp, type TestApp, untilReady } from '../helpers/app.js';
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
