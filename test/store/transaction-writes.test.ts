import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import mongoose, { type Connection } from 'mongoose';
import { TooLargeForStoreError } from '../../src/store/errors.js';
import { TransactionWrites } from '../../src/store/transaction-writes.js';
import { testStoreUri, uniqueName } from '../helpers/engines.js';

let connection: Connection;
beforeAll(async () => {
  connection = await mongoose.createConnection(testStoreUri(), { dbName: uniqueName('writes') }).asPromise();
  for (const name of ['places', 'things']) await connection.createCollection(name);
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

/** In a transaction of its own; it is aborted when the writes fail. */
async function write(fill: (writes: TransactionWrites) => void, over = connection): Promise<void> {
  const session = await over.startSession();
  try {
    session.startTransaction();
    const writes = new TransactionWrites(over);
    fill(writes);
    await writes.run(session);
    await session.commitTransaction();
  } finally {
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    await session.endSession();
  }
}

const idsOf = (name: string) => connection.collection(name).distinct('_id');

// Few writes go in one command, where the server knows that command; many go in one for each collection.
describe.each([
  ['few writes', 3],
  ['many writes', 90],
])('%s', (kind, count) => {
  const place = `${kind} place`;
  const ids = Array.from({ length: count }, (_, n) => `${kind} ${n}`);
  const insertThings = (writes: TransactionWrites) => {
    for (const _id of ids) writes.insert('things', { _id, kind, n: 0 });
  };
  const thingsNow = async () =>
    (await connection.collection('things').find({ kind }).toArray()).map(({ n }) => n as number);

  it('to several collections are all made, in their order', async () => {
    await write((writes) => {
      writes.insert('places', { _id: place, at: 0 });
      insertThings(writes);
      writes.update('places', { _id: place, at: 0 }, { $set: { at: 1 } });
      writes.update('places', { _id: place, at: 1 }, { $set: { at: 2 } });
    });

    expect(await connection.collection('places').findOne({ _id: place as never })).toMatchObject({ at: 2 });
    expect(await thingsNow()).toEqual(Array<number>(count).fill(0));
  });

  it('change nothing when one finds nothing to change, and say what that one means', async () => {
    const moved = () => new Error('the place has moved');

    const writing = write((writes) => {
      for (const _id of ids) writes.update('things', { _id }, { $set: { n: 1 } });
      writes.update('places', { _id: place, at: 7 }, { $set: { at: 8 } }, moved);
    });

    await expect(writing).rejects.toThrow('the place has moved');
    expect(await thingsNow()).toEqual(Array<number>(count).fill(0));
  });

  it('change nothing when one is there already, with the store’s word for it', async () => {
    const others = ids.map((_id) => `other ${_id}`);

    const writing = write((writes) => {
      for (const _id of others) writes.insert('places', { _id });
      insertThings(writes);
    });

    await expect(writing).rejects.toThrow(/duplicate key/);
    expect(await idsOf('places')).not.toContain(others[0]);
  });
});

// A command may have 16 MiB, and so may a document.
describe.each([
  ['a few large ones', 30, 1_000_000],
  ['many of some size', 90, 400_000],
])('more bytes than a command may have, in %s', (kind, count, bytes) => {
  it('are all written', async () => {
    const ids = Array.from({ length: count }, (_, n) => `${kind} ${n}`);

    await write((writes) => {
      for (const _id of ids) writes.insert('things', { _id, kind });
      for (const _id of ids) writes.update('things', { _id }, { $set: { bytes: Buffer.alloc(bytes) } });
    });

    const whole = { kind, $expr: { $eq: [{ $binarySize: '$bytes' }, bytes] } };
    expect(await connection.collection('things').countDocuments(whole)).toBe(count);
  });
});

// The driver refuses by itself what is far too large.
describe.each([16_800_000, 18_000_000])('a document of %i bytes', (bytes) => {
  it.each([1, 90])('is too large for the store, among %i others', async (count) => {
    const before = await idsOf('things');

    const writing = write((writes) => {
      for (let n = 0; n < count; n++) writes.insert('things', { _id: `beside ${bytes}, ${count}: ${n}` });
      writes.insert('things', { _id: `large ${bytes}, ${count}`, bytes: Buffer.alloc(bytes) });
    });

    await expect(writing).rejects.toBeInstanceOf(TooLargeForStoreError);
    expect(await idsOf('things')).toEqual(before);
  });
});

it('few writes go on in commands of their own where the server takes one for several collections only by its version', async () => {
  const other = await mongoose.createConnection(testStoreUri(), { dbName: connection.name }).asPromise();
  const { prototype } = mongoose.mongo.Admin;
  const { command } = prototype;
  const asked: string[] = [];
  // As MongoDB 8.0 does while its featureCompatibilityVersion is 7.0.
  const spy = jest.spyOn(prototype, 'command').mockImplementation(function (this: mongoose.mongo.Admin, ...args) {
    const [name = ''] = Object.keys(args[0]);
    asked.push(name);
    if (name === 'hello') return Promise.resolve({ maxWireVersion: 25 });
    if (name !== 'bulkWrite') return command.apply(this, args);
    return Promise.reject(new mongoose.mongo.MongoServerError({ code: 115, message: 'BulkWrite may not be run' }));
  });
  const _id = 'at a lower compatibility';
  const insertion = () => write((writes) => writes.insert('places', { _id }), other);

  await expect(insertion()).rejects.toThrow('BulkWrite may not be run');
  await insertion();

  expect(asked.filter((name) => name === 'bulkWrite')).toHaveLength(1);
  expect(await idsOf('places')).toContain(_id);
  spy.mockRestore();
  await other.close();
});
