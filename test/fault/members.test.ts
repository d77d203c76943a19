import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { loadSettings } from '../../src/config.js';
import { testEnvironment } from '../helpers/app.js';
import { Instance } from '../helpers/instance.js';
import {
  differenceInInvoices,
  differenceInOutput,
  differenceInSummary,
  Oracle,
  type ToldSummary,
} from '../helpers/oracle.js';
import { passing, plainKafka, Sinks, until } from '../helpers/oracle-sinks.js';
import { Stream } from './stream.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('instances with a role each', () => {
  it('join, leave and die while partitions are added under load, and every line is stored once', async () => {
    const environment = testEnvironment({ DOCSTREAM_PARTITIONS: '2', DOCSTREAM_SESSION_TIMEOUT_MS: '6000' });
    const launch = (roles: string): Instance => {
      const instance = Instance.launch({ ...environment, DOCSTREAM_ROLES: roles });
      cleanUps.push(() => instance.stop());
      return instance;
    };
    const [ingest, page, first] = [launch('ingest'), launch('dashboard'), launch('processing')];
    const [ingestUrl, pageUrl] = await Promise.all([ingest.ready(), page.ready(), first.ready()]);
    const sinks = await Sinks.open(loadSettings(environment));
    cleanUps.push(() => sinks.close());
    const stream = new Stream([ingestUrl], { pauseMs: 60 });
    cleanUps.push(() => stream.abandon());
    stream.start(2);
    await sinks.reached('output', 300);

    await addPartitions(environment, 5);
    const second = launch('processing');
    await second.ready();
    first.kill('SIGKILL');
    const third = launch('processing,dashboard');
    await third.ready();
    await until(
      async () => {
        const positions = await sinks.positions().catch(passing);
        return positions?.every(({ end, output }) => end > 0 && (output ?? 0) > 0) === true;
      },
      90_000,
      () => 'the new partitions got no lines, or nobody reads them',
    );
    second.kill('SIGTERM');
    expect(await second.ending()).toMatchObject({ code: 0 });
    await stream.advances(20);
    await stream.stop();
    await sinks.settled();

    const oracle = new Oracle().addAll(stream.lines);
    expect(differenceInInvoices(oracle, await sinks.invoices())).toBeNull();
    expect(differenceInOutput(oracle, await sinks.output())).toBeNull();
    // Over a connection of its own: one that is kept may have been closed while this process compared.
    const { body } = await request(pageUrl).get('/api/summary?top=1000').expect(200);
    expect(differenceInSummary(oracle, body as ToldSummary)).toBeNull();
    // Lines of a partition other than the one that the invoice began in.
    const moved = await sinks.collection('invoices').countDocuments({ 'lines.partition': { $exists: true } });
    expect(moved).toBeGreaterThan(50);
    expect([...stream.heard.refused.keys()]).toEqual([]);
  });
});

async function addPartitions(environment: Record<string, string>, count: number): Promise<void> {
  const settings = loadSettings(environment);
  const admin = plainKafka(settings).admin();
  await admin.connect();
  try {
    await admin.createPartitions({ topicPartitions: [{ topic: settings.kafka.ingestionTopic, count }] });
  } finally {
    await admin.disconnect();
  }
}
