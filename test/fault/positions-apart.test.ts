import { afterEach, describe, expect, it } from '@jest/globals';
import type { Settings } from '../../src/config.js';
import { testSettings } from '../helpers/app.js';
import { differenceInInvoices, differenceInOutput, Oracle } from '../helpers/oracle.js';
import { plainKafka, Sinks, until } from '../helpers/oracle-sinks.js';
import { aroundStore, failStore } from './forced.js';
import { createTopics, type Pipeline, startPipeline } from './pipeline.js';
import { verdictOn } from './verdict.js';
import { makeWorkload, produce, type Workload } from './workload.js';

const COLLECTIONS = [
  'invoices',
  'checkpoints',
  'batches',
  'deadLetters',
  'summaries',
  'summaryPieces',
  'summaryDeltas',
];
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a store that comes back from an older backup', () => {
  it('gets what it lacks, and spark-output gets nothing twice', async () => {
    const { settings, sinks, workload } = await processed(600);
    const backup = await takeBackup(sinks);
    const rest = makeWorkload(22, 500);
    await produce(settings, rest.messages);
    await runUntilSettled(settings, sinks);
    await restore(sinks, backup);

    await runUntilSettled(settings, sinks);

    expect(await verdictOn(sinks, settings, both(workload, rest))).toBeNull();
  });

  it('is not overtaken by records that came since', async () => {
    const { settings, sinks, workload } = await processed(400);
    const backup = await takeBackup(sinks);
    const rest = makeWorkload(23, 600);
    await produce(settings, rest.messages.slice(0, 300));
    await runUntilSettled(settings, sinks);
    await restore(sinks, backup);
    // The consumer begins at the group's position, where these lie, before it knows that the store needs older ones.
    await produce(settings, rest.messages.slice(300));

    await runUntilSettled(settings, sinks);

    expect(await verdictOn(sinks, settings, both(workload, rest))).toBeNull();
  });

  it('gets what it lacks under an application that remembers those lines as stored', async () => {
    const settings = testSettings({ DOCSTREAM_PARTITIONS: '1', DOCSTREAM_BATCH_RECORDS_MAX: '3' });
    await createTopics(settings);
    const sinks = await open(settings);
    await start(settings);
    const workload = makeWorkload(24, 60);
    await produce(settings, workload.messages);
    await sinks.settled();
    const backup = await takeBackup(sinks);
    // The same once more, and more lines of the same invoices.
    const rest = makeWorkload(24, 90);
    const again = rest.messages.filter(({ value }) => !rest.garbage.includes(String(value)));
    await produce(settings, again);
    await sinks.settled();
    await restore(sinks, backup);
    await produce(settings, again);
    await sinks.settled();

    const lines = [...workload.lines, ...rest.lines, ...rest.lines];
    expect(await verdictOn(sinks, settings, { lines, garbage: workload.garbage })).toBeNull();
  });

  it('is filled again from nothing while Kafka still holds everything', async () => {
    const { settings, sinks, workload } = await processed(600);
    await restore(sinks, new Map());

    await runUntilSettled(settings, sinks);

    expect(await verdictOn(sinks, settings, workload)).toBeNull();
  });

  it('that has nothing is not taken for a new one when Kafka has lost the beginning', async () => {
    const { settings, sinks } = await processed(600);
    await restore(sinks, new Map());
    await removeRecords(settings, (end) => Math.floor(end / 2));

    const pipeline = await start(settings);

    const [{ start: first = 0 } = {}] = await sinks.positions();
    await stoppedFor(
      pipeline,
      0,
      new RegExp(`the store lacks records 0 to ${first - 1}, and Kafka no longer has them`),
    );
    expect(await sinks.invoices()).toEqual([]);
  });
});

describe('a log that lacks what the sinks still need', () => {
  it('stops the partition and says which records are missing', async () => {
    const { settings, sinks } = await processed(300);
    const [before] = await sinks.positions();
    await produce(settings, makeWorkload(33, 300).messages);
    await removeRecords(settings, (end) => end - 10);
    const stored = await sinks.invoices();

    const pipeline = await start(settings);

    const [after] = await sinks.positions();
    const missing = `records ${String(before?.end)} to ${Number(after?.start) - 1}`;
    await stoppedFor(pipeline, 0, new RegExp(missing));
    expect(await sinks.invoices()).toEqual(stored);
  });

  it('leaves the offset of the group as it is, so that the topic can be restored and processed on', async () => {
    const { settings, sinks } = await processed(300);
    const [before] = await sinks.positions();
    await produce(settings, makeWorkload(35, 300).messages);
    await removeRecords(settings, (end) => end - 10);
    const pipeline = await startPipeline(settings);
    await stoppedFor(pipeline, 0, /no longer has them/).finally(() => pipeline.close());

    const [after] = await sinks.positions();
    expect(after).toMatchObject({ store: before?.store, output: before?.output });
  });

  it('goes on when the loss is accepted as ARCHITECTURE.md says, and the lines that are sent again are stored once', async () => {
    const { settings, sinks, workload } = await processed(300);
    const rest = makeWorkload(34, 300);
    await produce(settings, rest.messages);
    await removeRecords(settings, (end) => end - 100);
    const stopped = await startPipeline(settings);
    await stoppedFor(stopped, 0, /the store lacks records/).finally(() => stopped.close());

    await setPositionsToStart(settings, sinks);
    await runUntilSettled(settings, sinks);
    await produce(
      settings,
      rest.messages.filter(({ value }) => !rest.garbage.includes(String(value))),
    );
    await runUntilSettled(settings, sinks);

    const oracle = new Oracle().addAll([...workload.lines, ...rest.lines]);
    expect(differenceInInvoices(oracle, await sinks.invoices())).toBeNull();
    expect(differenceInOutput(oracle, await sinks.output())).toBeNull();
  });

  it('stops the partition when the records go while it waits for the store', async () => {
    const settings = testSettings({ DOCSTREAM_PARTITIONS: '1', DOCSTREAM_BATCH_RECORDS_MAX: '50' });
    await createTopics(settings);
    const sinks = await open(settings);
    let down = false;
    const pipeline = await start(settings, (app) => failStore(app, () => (down ? 'before' : 'never')));
    await produce(settings, makeWorkload(44, 100).messages);
    await sinks.settled();
    down = true;
    await produce(settings, makeWorkload(45, 300).messages);
    await until(
      () => pipeline.status.waiting.size > 0,
      20_000,
      () => 'the partition does not wait for the store',
    );
    const [{ store = null } = {}] = await sinks.positions();
    await removeRecords(settings, (end) => end - 10);
    down = false;

    await stoppedFor(pipeline, 0, new RegExp(`the store lacks records ${String(store)} to `));
  });

  it('stops the partition when records go that it had not fetched yet', async () => {
    const settings = testSettings({ DOCSTREAM_PARTITIONS: '1', DOCSTREAM_BATCH_RECORDS_MAX: '2000' });
    await createTopics(settings);
    const sinks = await open(settings);
    await produce(settings, makeWorkload(46, 16_000).messages);
    const { pipeline, release } = await startHeld(settings);
    await removeRecords(settings, (end) => end - 10);
    release();

    await stoppedFor(pipeline, 0, /^records \d+ to \d+ were removed before they were processed/);
    const [position] = await sinks.positions();
    expect(position?.store).toBeLessThan(Number(position?.start));
  });

  it('stops the partition when records go that it had not fetched yet, and only hidden ones are left', async () => {
    const settings = testSettings({ DOCSTREAM_PARTITIONS: '1', DOCSTREAM_BATCH_RECORDS_MAX: '100' });
    await createTopics(settings);
    const sinks = await open(settings);
    await produce(settings, makeWorkload(47, 100).messages);
    const { pipeline, release } = await startHeld(settings);
    await produce(settings, makeWorkload(48, 100).messages);
    const [{ end = 0 } = {}] = await sinks.positions();
    await abort(settings, makeWorkload(49, 20).messages);
    await removeRecords(settings, () => end);
    release();

    await stoppedFor(pipeline, 0, /^records \d+ to \d+ were removed before they were processed/);
  });

  it.each([
    ['the first of its micro-batches', 40],
    ['several', 300],
  ])('that has lost the offset of the group after %s stops the partition', async (_, records) => {
    const { settings, sinks } = await processed(records);
    const admin = plainKafka(settings).admin();
    await admin.connect();
    cleanUps.push(() => admin.disconnect());
    await admin.deleteGroups([settings.kafka.groupId]);
    const documents = await sinks.output();

    const pipeline = await start(settings);

    await stoppedFor(pipeline, 0, /Kafka has lost the group's offset/);
    // It would get everything twice.
    expect(await sinks.output()).toEqual(documents);
  });

  it('that is older than the store stops the partition', async () => {
    const { settings, sinks } = await processed(300);
    const admin = plainKafka(settings).admin();
    await admin.connect();
    cleanUps.push(() => admin.disconnect());
    await admin.deleteTopics({ topics: [settings.kafka.ingestionTopic] });
    const stored = await sinks.invoices();
    await until(
      async () => !(await admin.listTopics()).includes(settings.kafka.ingestionTopic),
      20_000,
      () => 'the topic is not gone',
    );

    const pipeline = await start(settings);

    await stoppedFor(pipeline, 0, /the store stands at \d+, beyond the end of the log \(0\): Kafka is older/);
    expect(await sinks.invoices()).toEqual(stored);
  });
});

/** One partition with this many records on both sinks, and nothing running. */
async function processed(records: number) {
  const settings = testSettings({ DOCSTREAM_PARTITIONS: '1', DOCSTREAM_BATCH_RECORDS_MAX: '100' });
  const workload = makeWorkload(21, records);
  await createTopics(settings);
  await produce(settings, workload.messages);
  const sinks = await open(settings);
  await runUntilSettled(settings, sinks);
  return { settings, sinks, workload };
}

function both(first: Workload, second: Workload): Pick<Workload, 'lines' | 'garbage'> {
  return { lines: [...first.lines, ...second.lines], garbage: [...first.garbage, ...second.garbage] };
}

async function open(settings: Settings): Promise<Sinks> {
  const sinks = await Sinks.open(settings);
  cleanUps.push(() => sinks.close());
  return sinks;
}

async function start(settings: Settings, prepare?: Parameters<typeof startPipeline>[1]): Promise<Pipeline> {
  const pipeline = await startPipeline(settings, prepare);
  cleanUps.push(() => pipeline.close());
  return pipeline;
}

/** A pipeline whose first micro-batch has come to the store, which takes nothing until `release` is called. */
async function startHeld(settings: Settings): Promise<{ pipeline: Pipeline; release: () => void }> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let isHeld = false;
  const pipeline = await start(settings, (app) =>
    aroundStore(app, async (commit) => {
      isHeld = true;
      await released;
      return commit();
    }),
  );
  await until(
    () => isHeld,
    20_000,
    () => 'no batch came',
  );
  return { pipeline, release };
}

async function runUntilSettled(settings: Settings, sinks: Sinks): Promise<void> {
  const pipeline = await startPipeline(settings);
  try {
    await sinks.settled();
  } finally {
    await pipeline.close();
  }
}

async function stoppedFor({ status }: Pipeline, partition: number, reason: RegExp): Promise<void> {
  await until(
    () => status.stopped.has(partition),
    30_000,
    () => `partition ${partition} did not stop`,
  );
  expect(status.stopped.get(partition)).toMatch(reason);
}

type Backup = Map<string, Record<string, unknown>[]>;

async function takeBackup(sinks: Sinks): Promise<Backup> {
  const backup: Backup = new Map();
  for (const name of COLLECTIONS) backup.set(name, await sinks.collection(name).find().toArray());
  return backup;
}

async function restore(sinks: Sinks, backup: Backup): Promise<void> {
  for (const name of COLLECTIONS) {
    await sinks.collection(name).deleteMany({});
    const documents = backup.get(name) ?? [];
    if (documents.length > 0) await sinks.collection(name).insertMany(documents);
  }
}

/** What an operator does by hand: both positions of the one partition go to the first record that is left. */
async function setPositionsToStart(settings: Settings, sinks: Sinks): Promise<void> {
  const { ingestionTopic: topic, groupId } = settings.kafka;
  const [{ start = 0 } = {}] = await sinks.positions();
  await sinks.collection('checkpoints').updateOne({ topic, partition: 0 }, { $set: { nextOffset: start } });
  const admin = plainKafka(settings).admin();
  await admin.connect();
  try {
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: String(start) }] });
  } finally {
    await admin.disconnect();
  }
}

/** Writes the messages in a transaction and takes it back: nobody gets them, and they take their offsets. */
async function abort(settings: Settings, messages: Workload['messages']): Promise<void> {
  const producer = plainKafka(settings).producer({
    transactionalId: `${settings.kafka.ingestionTopic}-aborts`,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  try {
    const transaction = await producer.transaction();
    await transaction.send({ topic: settings.kafka.ingestionTopic, messages });
    await transaction.abort();
  } finally {
    await producer.disconnect();
  }
}

/** Takes the records below an offset out of every partition, as retention does. */
async function removeRecords(settings: Settings, upTo: (end: number) => number): Promise<void> {
  const admin = plainKafka(settings).admin();
  await admin.connect();
  try {
    const topic = settings.kafka.ingestionTopic;
    const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
      partition,
      offset: String(upTo(Number(high))),
    }));
    await admin.deleteTopicRecords({ topic, partitions });
  } finally {
    await admin.disconnect();
  }
}
