import { afterEach, describe, expect, it, jest } from '@jest/globals';
import kafkajs from 'kafkajs';
import Broker from 'kafkajs/src/broker/index.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Settings } from '../../src/config.js';
import { startKafka } from '../../src/engines/index.js';
import { testSettings } from '../helpers/app.js';
import { plainKafka, Sinks } from '../helpers/oracle-sinks.js';
import { type Around, aroundOutput } from './forced.js';
import { createTopics, startPipeline } from './pipeline.js';
import { verdictOn } from './verdict.js';
import { makeWorkload, produce, type Workload } from './workload.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a transaction whose markers Kafka has forgotten', () => {
  it.each([
    // Before its first transaction the coordinator knows of none, and refuses to commit.
    { which: 'the first, which was not acknowledged', number: 1, answerIsLost: false },
    { which: 'the third, whose acknowledgement was lost', number: 3, answerIsLost: true },
  ])('is made void before its records are published again: $which', async ({ number, answerIsLost }) => {
    let commits = 0;
    const { settings, workload, sinks } = await processed((commit) => {
      commits += 1;
      return commits === number ? withoutMarkers(commit, answerIsLost) : commit();
    });

    expect(commits).toBeGreaterThan(number);
    expect(await verdictOn(sinks, settings, workload)).toBeNull();
  });

  it('is decided with the next one where its owner goes on', async () => {
    let commits = 0;
    const { settings, workload, sinks } = await processed((commit) => {
      commits += 1;
      return commits === 3 ? withoutMarkers(commit, false) : commit();
    });

    expect(commits).toBeGreaterThan(3);
    expect(await verdictOn(sinks, settings, workload)).toBeNull();
  });
});

async function processed(around: Around): Promise<{ settings: Settings; workload: Workload; sinks: Sinks }> {
  const settings = await settingsOfLaxKafka();
  const workload = makeWorkload(3, 400);
  await createTopics(settings);
  await produce(settings, workload.messages);
  const pipeline = await startPipeline(settings, (app) => {
    aroundOutput(app, around);
  });
  cleanUps.push(() => pipeline.close());
  const sinks = await Sinks.open(settings);
  cleanUps.push(() => sinks.close());
  await sinks.settled();
  return { settings, workload, sinks };
}

/** A Kafka that takes records of transactions which its coordinator knows nothing of, as it does of a forgotten one. */
async function settingsOfLaxKafka(): Promise<Settings> {
  const dataDir = mkdtempSync(join(tmpdir(), 'docstream-markers-'));
  cleanUps.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const kafka = await startKafka({ dataDir, cacheDir: resolve('.docstream', 'cache') });
  cleanUps.push(() => kafka.stop());
  const settings = testSettings({
    KAFKA_BROKERS: kafka.brokers,
    DOCSTREAM_PARTITIONS: '1',
    DOCSTREAM_BATCH_RECORDS_MAX: '45',
  });
  const admin = plainKafka(settings).admin();
  await admin.connect();
  const configEntries = [{ name: 'transaction.partition.verification.enable', value: 'false' }];
  const resources = [{ type: kafkajs.ConfigResourceTypes.BROKER, name: '1', configEntries }];
  await admin.alterConfigs({ validateOnly: false, resources });
  await admin.disconnect();
  return settings;
}

/** Everything of the transaction lies in Kafka, the offset too, but nothing tells the coordinator where: no marker comes. */
async function withoutMarkers<T>(commit: () => Promise<T>, answerIsLost: boolean): Promise<T> {
  const told = [
    jest.spyOn(Broker.prototype, 'addPartitionsToTxn').mockResolvedValue({}),
    jest.spyOn(Broker.prototype, 'addOffsetsToTxn').mockResolvedValue({}),
  ];
  try {
    const result = await commit();
    if (answerIsLost) throw Object.assign(new Error('the answer was lost'), { isRetriable: true });
    return result;
  } finally {
    for (const spy of told) spy.mockRestore();
  }
}
