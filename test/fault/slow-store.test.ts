import { NestFactory } from '@nestjs/core';
import { getConnectionToken } from '@nestjs/mongoose';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import type { Settings } from '../../src/config.js';
import { PartModule } from '../../src/part.module.js';
import { StoreModule } from '../../src/store/index.js';
import { testSettings } from '../helpers/app.js';
import { testStoreUri } from '../helpers/engines.js';
import { passing, Sinks, until } from '../helpers/oracle-sinks.js';
import { unstalledMs } from '../helpers/unstalled.js';
import { createTopics, startPipeline } from './pipeline.js';
import { openProxy } from './proxy.js';
import { openResettingProxy } from './reset.js';
import { verdictOn } from './verdict.js';
import { makeWorkload, produce } from './workload.js';

const RECORDS = 3_000;
const BYTES_PER_SECOND = 40_000;
/** More than a socket takes at once, so that the writer waits for it. */
const WRITE_BYTES = 100_000;
const RESETS = 4;
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a store so slow that a whole micro-batch never comes through in time', () => {
  it('gets smaller ones, and in the end has everything', async () => {
    const { proxy, settings } = await behind(openProxy, {
      DOCSTREAM_PARTITIONS: '1',
      // A connection over which nothing comes for twice this time is given up.
      DOCSTREAM_STORE_TIMEOUT_MS: '2000',
    });
    const workload = makeWorkload(81, RECORDS);
    const direct = { ...settings, store: { ...settings.store, uri: testStoreUri(), timeoutMs: 30_000 } };
    // For the collections and the indexes, which a busy store may take longer for than it is given here.
    await (await startPipeline(direct)).close();
    await produce(settings, workload.messages);
    const sinks = await Sinks.open(direct);
    cleanUps.push(() => sinks.close());

    const pipeline = await startPipeline(settings, () => {
      proxy.throttle(BYTES_PER_SECOND);
    });
    cleanUps.push(() => pipeline.close());
    await sinks.settled();

    expect(await verdictOn(sinks, settings, workload)).toBeNull();
    const batches = await sinks.collection('batches').countDocuments();
    expect(batches).toBeGreaterThan(2);
  });
});

describe('a store whose connections are reset while they are written to', () => {
  it('is written to again within seconds, and has everything once', async () => {
    const { proxy, settings } = await behind((port) => openResettingProxy(port, WRITE_BYTES, RESETS), {
      DOCSTREAM_PARTITIONS: '1',
    });
    const workload = makeWorkload(82, RECORDS);
    await createTopics(settings);
    await produce(settings, workload.messages);
    const sinks = await Sinks.open({ ...settings, store: { ...settings.store, uri: testStoreUri() } });
    cleanUps.push(() => sinks.close());

    const pipeline = await startPipeline(settings);
    cleanUps.push(() => pipeline.close());
    const tookMs = await unstalledMs(() =>
      until(
        async () => {
          expect([...pipeline.status.stopped]).toEqual([]);
          const positions = await sinks.positions().catch(passing);
          return positions?.every(({ end, store, output }) => store === end && output === end) === true;
        },
        30_000,
        () => `after ${proxy.resets()} resets the partition stands still`,
      ),
    );
    expect(tookMs).toBeLessThan(30_000);

    expect(proxy.resets()).toBe(RESETS);
    expect(await verdictOn(sinks, settings, workload)).toBeNull();
  });
});

describe('a store that stops reading in the middle of a large command', () => {
  it('is given up in time, and what waits to be written fails instead of waiting for ever', async () => {
    const { proxy, settings } = await behind(openProxy, { DOCSTREAM_STORE_TIMEOUT_MS: '1000' });
    const context = await NestFactory.createApplicationContext(PartModule.of(settings, StoreModule), {
      logger: false,
      abortOnError: false,
    });
    cleanUps.push(() => context.close());
    const collection = context.get<Connection>(getConnectionToken()).collection('large');
    await collection.insertOne({ text: 'small' });

    proxy.hang();
    // The room in the sockets on the way is a few megabytes.
    const writing = collection.insertOne({ text: 'x'.repeat(15_000_000) }).then(
      () => 'written',
      (error: Error) => error.name,
    );
    const late = new Promise<string>((resolve) => setTimeout(resolve, 30_000, 'still waiting').unref());

    expect(await Promise.race([writing, late])).toMatch(/^Mongo/);
  });
});

/** The store of the test run, behind a proxy that the test can make bad. */
async function behind<Between extends { port: number; close(): Promise<unknown> }>(
  open: (port: number) => Promise<Between>,
  env: Record<string, string>,
): Promise<{ proxy: Between; settings: Settings }> {
  const proxy = await open(Number(new URL(testStoreUri()).port));
  cleanUps.push(() => proxy.close());
  const uri = `mongodb://127.0.0.1:${proxy.port}/?directConnection=true`;
  return { proxy, settings: testSettings({ MONGODB_URI: uri, ...env }) };
}
