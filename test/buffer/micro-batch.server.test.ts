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
type Step = (this: { groupId: string }, ...given: unknown[]) => Promise<void>;
const group = ConsumerGroup.prototype as unknown as Record<'fetch' | 'joinAndSync', Step>;
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
    const { groupId } = settings.kafka;
    const crashed = crashNextFetch(groupId);

    const join = await within(60_000, crashed, () => new Error('nothing was fetched'));
    await within(60_000, late, () => new Error('the consumer was not made anew'));
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

/** Makes times of this length two seconds until one of them is over, and resolves then. */
function shorten(ms: number): Promise<void> {
  const later = globalThis.setTimeout;
  let isOver = false;
  return new Promise((resolve) => {
    const shortened = (run: () => void, delayMs?: number) => {
      if (delayMs !== ms || isOver) return later(run, delayMs);
      return later(() => {
        isOver = true;
        run();
        resolve();
      }, 2_000);
    };
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(shortened as typeof setTimeout);
  });
}

/** Does the next step of this group's members otherwise. Those of an earlier group may still be on their way out. */
function changeNext(
  name: keyof typeof group,
  groupId: string,
  otherwise: (step: () => Promise<void>) => Promise<void>,
) {
  const original = group[name];
  let isDone = false;
  jest.spyOn(group, name).mockImplementation(function changed(this: { groupId: string }, ...given: unknown[]) {
    const step = () => original.apply(this, given);
    if (isDone || this.groupId !== groupId) return step();
    isDone = true;
    return otherwise(step);
  });
}

/** Crashes the consumer and holds the join of the one that is made in its place; one that only joins again is let be. */
function crashNextFetch(groupId: string): Promise<ReturnType<typeof holdNextJoin>> {
  return new Promise((resolve) => {
    changeNext('fetch', groupId, () => {
      resolve(holdNextJoin(groupId));
      return Promise.reject(new TypeError('forced'));
    });
  });
}

/** Holds the next consumer that would join, as a network or a slow group may, until `goOn`, which waits until it has, or has failed. */
function holdNextJoin(groupId: string) {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let joined: Promise<void> = Promise.resolve();
  changeNext('joinAndSync', groupId, (step) => {
    joined = released.then(step);
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
