import { Logger } from '@nestjs/common';
import { afterEach, expect, it, jest } from '@jest/globals';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { within } from '../../src/buffer/deadline.js';
import { joinMsMax } from '../../src/buffer/group-consumer.js';
import { createKafka } from '../../src/buffer/kafka-client.js';
import { INGESTION, type MicroBatch } from '../../src/buffer/micro-batch.js';
import { MicroBatchServer } from '../../src/buffer/micro-batch.server.js';
import { ensureTopics } from '../../src/buffer/topics.js';
import { testSettings } from '../helpers/app.js';
import { plainKafka, until } from '../helpers/oracle-sinks.js';

const PARTITIONS = [0, 1, 2];
const group = ConsumerGroup.prototype as unknown as Record<'fetch' | 'joinAndSync', () => Promise<void>>;
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  jest.restoreAllMocks();
});

it.each(['is being left', 'has been replaced'])(
  'a consumer that joins too late, when it %s, leaves the group, and one alone goes on',
  async (moment) => {
    const { settings, kafka, server, received, membersOf, send } = await startServer();
    const late = shorten(joinMsMax(settings.kafka));
    const made = jest.spyOn(kafka, 'consumer');
    const join = holdNextJoin();
    jest.spyOn(group, 'fetch').mockImplementationOnce(() => Promise.reject(new TypeError('forced')));

    await late;
    if (moment === 'has been replaced') await running(server);
    await join.goOn();

    await until(
      async () => server.consumerStatus.assigned.length === PARTITIONS.length && (await membersOf()) === 1,
      20_000,
      () => 'the group has a member that nobody knows of',
    );
    await send();
    await until(
      () => received.size === PARTITIONS.length,
      20_000,
      () => `only the partitions ${[...received].join()} are read`,
    );
    expect(made).toHaveBeenCalledTimes(2);
    expect(await membersOf()).toBe(1);
  },
);

/** A server that has joined, with a handler that takes whatever comes. */
async function startServer() {
  Logger.overrideLogger(false);
  const settings = testSettings({ DOCSTREAM_SESSION_TIMEOUT_MS: '6000', DOCSTREAM_SHUTDOWN_TIMEOUT_MS: '5000' });
  const [admin, producer] = [plainKafka(settings).admin(), plainKafka(settings).producer()];
  await Promise.all([admin.connect(), producer.connect()]);
  cleanUps.push(() => Promise.all([admin.disconnect(), producer.disconnect()]));
  await ensureTopics(admin, settings.kafka);

  const kafka = createKafka(settings.kafka);
  const server = new MicroBatchServer(kafka, settings);
  const received = new Set<number>();
  const take = ({ partition, records, nextOffset }: MicroBatch) => {
    if (records.length > 0) received.add(partition);
    return Promise.resolve({ kind: 'done', nextOffset });
  };
  server.addHandler(INGESTION, take, true);
  cleanUps.push(() => server.close());
  server.listen(() => undefined);
  await running(server);

  const membersOf = async () => (await admin.describeGroups([settings.kafka.groupId])).groups[0]?.members.length;
  const messages = PARTITIONS.map((partition) => ({ partition, value: 'x' }));
  return {
    settings,
    kafka,
    server,
    received,
    membersOf,
    send: () => producer.send({ topic: settings.kafka.ingestionTopic, messages }),
  };
}

async function running({ consumerStatus }: MicroBatchServer): Promise<void> {
  await until(
    () => consumerStatus.state === 'running' && consumerStatus.assigned.length === PARTITIONS.length,
    20_000,
    () => `the consumer is ${consumerStatus.state}`,
  );
}

/** Makes the next time of this length two seconds; resolves when it is over. */
function shorten(ms: number): Promise<void> {
  const later = globalThis.setTimeout;
  return new Promise((resolve) => {
    const shortened = (run: () => void, delayMs?: number) => {
      if (delayMs !== ms) return later(run, delayMs);
      return later(() => {
        run();
        resolve();
      }, 2_000);
    };
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(shortened as typeof setTimeout);
  });
}

/** Holds the next consumer that would join, as a network or a slow group may, until `goOn`, which waits until it has, or has failed. */
function holdNextJoin() {
  const { joinAndSync } = group;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let joined: Promise<void> = Promise.resolve();
  jest.spyOn(group, 'joinAndSync').mockImplementationOnce(function held(this: object) {
    joined = released.then(() => joinAndSync.call(this as never));
    return joined;
  });
  return {
    goOn: () => {
      release();
      const settled = joined.catch(() => undefined);
      return within(20_000, settled, () => new Error('the join hangs'));
    },
  };
}
