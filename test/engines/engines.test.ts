import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import mongoose from 'mongoose';
import { startEngines, startKafka, startStore, type Engines } from '../../src/engines/index.js';
import { KAFKA_VERSION } from '../../src/engines/kafka-install.js';
import { cacheDir, freshFolder, processesOn, removeFolders } from './set-up.js';

afterAll(removeFolders);

const AUTOGROUPS = '/proc/sys/kernel/sched_autogroup_enabled';

describe('the local engines', () => {
  it('serve, keep their data and their addresses over a restart, and leave nothing running', async () => {
    const dataDir = freshFolder();
    const steps: string[] = [];
    const start = () =>
      startEngines({ dataDir, cacheDir, kafka: true, store: true, onStep: (step) => steps.push(step) });

    const first = await start();
    expect(readEnginesFile(dataDir)).toEqual({ kafka: first.kafka, store: first.store });
    await writeToBoth(first);
    await first.stop();
    expect(existsSync(join(dataDir, 'engines.json'))).toBe(false);
    expect(processesOn(dataDir)).toEqual([]);

    const second = await start();
    expect([second.kafka?.brokers, second.store?.uri]).toEqual([first.kafka?.brokers, first.store?.uri]);
    expect(await readFromBoth(second)).toEqual({ topics: ['kept'], documents: [{ _id: 1, text: 'kept' }] });
    await second.stop();
    expect(processesOn(dataDir)).toEqual([]);

    const started = steps.filter((step) => step.includes(' on 127.0.0.1:'));
    expect(started.map((step) => step.replace(/ on .*/, '').replace(/ \(.*/, '')).sort()).toEqual([
      `Kafka ${KAFKA_VERSION}`,
      `Kafka ${KAFKA_VERSION}`,
      'store',
      'store',
    ]);
  });

  it('come back on the same port after a SIGKILL', async () => {
    const dataDir = freshFolder();
    const kafka = await startKafka({ dataDir, cacheDir });
    const store = await startStore({ dataDir, cacheDir });
    await writeToBoth({ kafka, store });

    process.kill(kafka.pid, 'SIGKILL');
    process.kill(store.pid, 'SIGKILL');
    const port = (address: string) => Number(/:(\d+)\/?/.exec(address.replace('mongodb://', ''))?.[1]);
    const again = {
      kafka: await startKafka({ dataDir, cacheDir, port: port(kafka.brokers) }),
      store: await startStore({ dataDir, cacheDir, port: port(store.uri) }),
    };
    expect(again.kafka.brokers).toBe(kafka.brokers);
    expect(again.store.uri).toBe(store.uri);
    expect(again.kafka.pid).not.toBe(kafka.pid);
    expect(await readFromBoth(again)).toEqual({ topics: ['kept'], documents: [{ _id: 1, text: 'kept' }] });
    await Promise.all([again.kafka.stop(), again.store.stop()]);
    expect(processesOn(dataDir)).toEqual([]);
  });

  it('have the store go behind where processors are short', async () => {
    const store = await startStore({ dataDir: freshFolder(), cacheDir });
    try {
      expect(getPriority(store.pid)).toBe(Math.min(getPriority() + 10, 19));
      // What counts where Linux gives each session a share of its own.
      expect(existsSync(AUTOGROUPS) ? readFileSync(`/proc/${store.pid}/autogroup`, 'utf8').trim() : 'nice 10').toMatch(
        /nice 10$/,
      );
    } finally {
      await store.stop();
    }
  });

  it('send the clients of a proxy to the proxy', async () => {
    const dataDir = freshFolder();
    let target = 0;
    let connections = 0;
    const proxy = createServer((client) => {
      connections += 1;
      const broker = connect(target, '127.0.0.1');
      client.on('error', () => broker.destroy());
      broker.on('error', () => client.destroy());
      client.pipe(broker).pipe(client);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    const kafka = await startKafka({ dataDir, cacheDir, advertisedPort: port });
    target = kafka.proxiedPort ?? 0;
    const brokers = [`127.0.0.1:${String(port)}`];
    const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'through-the-proxy' }] });
    expect((await admin.describeCluster()).brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port }]);
    await admin.disconnect();
    expect(connections).toBeGreaterThan(0);
    await kafka.stop();
    await new Promise((done) => proxy.close(done));
  });

  it('are stopped again when the start is called off', async () => {
    const dataDir = freshFolder();
    const stop = new AbortController();
    const starting = startEngines({
      dataDir,
      cacheDir,
      kafka: true,
      store: true,
      onStep: () => {
        stop.abort();
      },
      signal: stop.signal,
    });
    await expect(starting).rejects.toMatchObject({ code: 'ABORTED' });
    expect(processesOn(dataDir)).toEqual([]);
    expect(existsSync(join(dataDir, 'engines.json'))).toBe(false);
  });

  it('leave no trace when none is asked for', async () => {
    const dataDir = join(freshFolder(), 'not-made');
    const engines = await startEngines({ dataDir, kafka: false, store: false, onStep: () => undefined });
    await engines.stop();
    expect(existsSync(dataDir)).toBe(false);
  });
});

type Both = Pick<Engines, 'kafka' | 'store'>;

const readEnginesFile = (dataDir: string): unknown => JSON.parse(readFileSync(join(dataDir, 'engines.json'), 'utf8'));

function writeToBoth(engines: Both): Promise<void> {
  return withClients(engines, async (admin, connection) => {
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }] });
    await connection.collection<{ _id: number; text: string }>('things').insertOne({ _id: 1, text: 'kept' });
  });
}

function readFromBoth(engines: Both): Promise<unknown> {
  return withClients(engines, async (admin, connection) => ({
    topics: await admin.listTopics(),
    documents: await connection.collection('things').find().toArray(),
  }));
}

async function withClients<T>(
  { kafka, store }: Both,
  use: (admin: kafkajs.Admin, connection: mongoose.Connection) => Promise<T>,
): Promise<T> {
  const admin = new kafkajs.Kafka({ brokers: [kafka?.brokers ?? ''], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const connection = await mongoose.createConnection(store?.uri ?? '', { dbName: 'engines' }).asPromise();
  try {
    return await use(admin, connection);
  } finally {
    await admin.disconnect();
    await connection.close();
  }
}
