import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import mongoose, { type Connection } from 'mongoose';
import { DeadLetterDesk } from '../../src/store/dead-letter-desk.js';
import { DeadLetterRecord, DeadLetterSchema } from '../../src/store/dead-letter.schema.js';
import { ANY_DEAD_LETTER, ReplayJobLetters, ReplayJobs } from '../../src/store/index.js';
import { ReplayJob, ReplayJobSchema } from '../../src/store/replay-job.schema.js';
import { testSettings } from '../helpers/app.js';
import { testStoreUri, uniqueName } from '../helpers/engines.js';

const LETTERS = 350;
/** More of them in one command took longer than a command may take, on a slow machine or where they were tens of thousands. */
const COMMAND_MAX = 100;

/** Over as soon as it is given. */
const LEASE = { owner: 'one', ms: -1 };

let connection: Connection;
let jobLetters: ReplayJobLetters;
let jobs: ReplayJobs;
let desk: DeadLetterDesk;
let changed: number[] = [];
beforeAll(async () => {
  const options = { dbName: uniqueName('letters'), monitorCommands: true };
  connection = await mongoose.createConnection(testStoreUri(), options).asPromise();
  connection.getClient().on('commandSucceeded', ({ commandName, reply }) => {
    if (commandName === 'update') changed.push((reply as { nModified: number }).nModified);
  });
  const letters = connection.model<DeadLetterRecord>(DeadLetterRecord.name, DeadLetterSchema as mongoose.Schema);
  const model = connection.model<ReplayJob>(ReplayJob.name, ReplayJobSchema as mongoose.Schema);
  jobs = new ReplayJobs(model);
  jobLetters = new ReplayJobLetters(connection, letters, model);
  desk = new DeadLetterDesk(letters, testSettings());
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

const stored = () => connection.collection<{ _id: string; state: string; job?: string }>('deadLetters');
beforeEach(async () => {
  await stored().deleteMany({});
  await connection.collection('replayJobs').deleteMany({});
  const letters = Array.from({ length: LETTERS }, (_, n) => ({ _id: `topic:0:${n}`, state: 'open', history: [] }));
  await stored().insertMany(letters);
  changed = [];
});

function expectFewAtOnce(): void {
  expect(Math.max(...changed)).toBeLessThanOrEqual(COMMAND_MAX);
}

it('a job takes what matches and lets go of it few at a time', async () => {
  expect(await jobLetters.mark('job', ANY_DEAD_LETTER, () => Promise.resolve(true))).toBe(LETTERS);
  expect(await stored().countDocuments({ job: 'job' })).toBe(LETTERS);
  expectFewAtOnce();

  changed = [];
  await jobLetters.unmark('job');

  expect(await stored().countDocuments({ job: { $exists: true } })).toBe(0);
  expectFewAtOnce();
});

it('a job leaves what another has taken meanwhile', async () => {
  const takeAnother = async () => {
    await stored().updateOne({ job: { $exists: false } }, { $set: { job: 'other' } });
    return true;
  };

  const taken = await jobLetters.mark('job', ANY_DEAD_LETTER, takeAnother);

  const others = await stored().countDocuments({ job: 'other' });
  expect(others).toBeGreaterThan(0);
  expect(taken).toBe(LETTERS - others);
});

it('a job that is ended while it takes leaves the rest, and takes it when it is run again', async () => {
  let asked = 0;
  const oncePerPiece = () => Promise.resolve(++asked <= LETTERS / COMMAND_MAX);
  expect(await jobLetters.mark('job', ANY_DEAD_LETTER, oncePerPiece)).toBeNull();
  expect(await stored().countDocuments({ job: 'job' })).toBe(COMMAND_MAX * Math.floor(LETTERS / COMMAND_MAX));

  expect(await jobLetters.mark('job', ANY_DEAD_LETTER, () => Promise.resolve(true))).toBe(LETTERS);
});

it('of a page that two instances have done each failure stands in the job once', async () => {
  const job = await jobs.create({ filter: ANY_DEAD_LETTER, by: 'api', key: null, matched: LETTERS }, LEASE);
  await jobLetters.mark(job.id, ANY_DEAD_LETTER, () => Promise.resolve(true));
  const results = [{ id: 'topic:0:0', outcome: { failure: 'Kafka does not take it' } }];

  await jobLetters.settle(job.id, results);
  await jobLetters.settle(job.id, results);

  const failures = [{ id: 'topic:0:0', message: 'Kafka does not take it' }];
  expect(await jobs.find(job.id)).toMatchObject({ failed: 1, failures });
});

it('what an instance has counted that has lost the job meanwhile changes nothing', async () => {
  const job = await jobs.create({ filter: ANY_DEAD_LETTER, by: 'api', key: null, matched: LETTERS }, LEASE);
  const later = { owner: 'another', ms: 60_000 };
  expect(await jobs.take(later)).toMatchObject({ id: job.id });

  expect(await jobs.marked(job.id, LEASE.owner, 1)).toBe(false);
  expect(await jobs.find(job.id)).toMatchObject({ isMarked: false, matched: LETTERS });
  expect(await jobs.marked(job.id, later.owner, 2)).toBe(true);
  expect(await jobs.find(job.id)).toMatchObject({ isMarked: true, matched: 2 });
});

it('many are discarded few at a time', async () => {
  await stored().updateOne({}, { $set: { job: 'job' } });
  changed = [];

  expect(await desk.discard(ANY_DEAD_LETTER, { by: 'api', key: null })).toBe(LETTERS - 1);

  expect(await stored().countDocuments({ state: 'discarded' })).toBe(LETTERS - 1);
  expectFewAtOnce();
});

it('a lease that ends further ahead than any lasts was given by a clock that has been set back, and is over', async () => {
  const asked = { filter: ANY_DEAD_LETTER, by: 'api' as const, matched: 0 };
  const lease = { owner: 'two', ms: 60_000 };
  const { id } = await jobs.create(asked, { owner: 'ahead by a day', ms: 86_400_000 });
  expect(await jobs.take(lease)).toMatchObject({ id });
  expect(await jobs.take({ ...lease, owner: 'three' })).toBeNull();
  await jobs.end(id, 'stopped');
});
