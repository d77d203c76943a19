import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getConnectionToken, getModelToken } from '@nestjs/mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ClientSession, type Connection, type Model, mongo } from 'mongoose';
import { PartModule } from '../../src/part.module.js';
import { OwnerSessions, StoreIndexes, StoreModule } from '../../src/store/index.js';
import { OwnerSessionRecord } from '../../src/store/owner-session.schema.js';
import { testSettings } from '../helpers/app.js';

const settings = testSettings();
/** Each with connections of its own, as in processes of their own. */
let first: Instance;
let second: Instance;
beforeAll(async () => {
  [first, second] = await Promise.all([open(), open()]);
  await first.context.get(StoreIndexes).ensure();
  await first.documents().insertOne({ _id: 'one', by: '' });
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  await first.connection.dropDatabase();
  await Promise.all([first.context.close(), second.context.close()]);
});

describe('whoever takes a partition over', () => {
  it('ends the transaction that the owner before has left open', async () => {
    const former = await first.sessions.take(0);
    const outcome = await former.use(async (session) => {
      session.startTransaction();
      await first.write('first', session);
      await second.transact(await second.sessions.take(0), 'second');
      return session.commitTransaction().then(() => 'committed', reason);
    });

    expect(outcome).toMatch(/in-progress transaction|has been aborted/);
    expect(await second.documents().findOne()).toMatchObject({ by: 'second' });
    // And back: the first takes up again what the second has left, in its own session.
    expect(await first.sessions.take(0)).toBe(former);
    await first.transact(former, 'first');
    expect(await second.documents().findOne()).toMatchObject({ by: 'first' });
  });

  it('leaves its own session as it is, and those of other partitions', async () => {
    const mine = await first.sessions.take(1);
    await mine.use(async (session) => {
      session.startTransaction();
      await first.write('mine', session);
      await second.sessions.take(2);
      await session.commitTransaction();
    });
    expect(await first.sessions.take(1)).toBe(mine);
    expect(await second.documents().findOne()).toMatchObject({ by: 'mine' });
  });

  it('ends its own session after a transaction that failed, for the store may still be at it', async () => {
    const mine = await first.sessions.take(6);
    const ended = jest.spyOn(first.database, 'admin');
    await first.transact(mine, 'mine');
    await first.sessions.take(6);
    expect(ended).not.toHaveBeenCalled();
    await expect(mine.use(() => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
    expect(await first.sessions.take(6)).toBe(mine);
    expect(ended).toHaveBeenCalledTimes(1);
    await first.transact(mine, 'mine again');
    expect(await second.documents().findOne()).toMatchObject({ by: 'mine again' });
  });

  it('gets a session of its own while the former one is in use, which takes one transaction at a time', async () => {
    const former = await first.sessions.take(3);
    const next = await former.use(async () => {
      await expect(former.use(() => Promise.resolve())).rejects.toThrow(/still being written/);
      return first.sessions.take(3);
    });
    expect(next).not.toBe(former);
    expect(next.id).not.toBe(former.id);
  });

  it('gives up when another one does so at the same time', async () => {
    await first.sessions.take(4);
    await second.sessions.take(4);
    const { updateOne } = first.records;
    jest.spyOn(first.records, 'updateOne').mockImplementationOnce(((...args: Parameters<typeof updateOne>) => {
      const third = second.records.updateOne({ _id: idOf(4) }, { $set: { session: 'f'.repeat(32) } });
      return third.then(() => updateOne.apply(first.records, args));
    }) as unknown as typeof updateOne);
    await expect(first.sessions.take(4)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', isRetriable: true });
    expect(await second.records.findById(idOf(4))).toMatchObject({ session: 'f'.repeat(32) });
    // What it tries again succeeds.
    const { id } = await first.sessions.take(4);
    expect(await second.records.findById(idOf(4))).toMatchObject({ session: id });
  });

  it('goes on with a warning where the store does not let it end a session', async () => {
    await first.sessions.take(5);
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const admin = second.database.admin();
    jest.spyOn(second.database, 'admin').mockReturnValue(admin);
    jest.spyOn(admin, 'command').mockRejectedValue(new mongo.MongoServerError({ message: 'not authorized', code: 13 }));
    const { id } = await second.sessions.take(5);
    expect(await second.records.findById(idOf(5))).toMatchObject({ session: id });
    expect(warned.mock.calls.flat().join()).toMatch(/partition 5's owner before could not be ended \(not authorized\)/);
  });

  it('tries again where ending a session fails for a reason that passes', async () => {
    await first.sessions.take(7);
    const admin = second.database.admin();
    jest.spyOn(second.database, 'admin').mockReturnValue(admin);
    jest
      .spyOn(admin, 'command')
      .mockRejectedValueOnce(new mongo.MongoServerError({ message: 'interrupted', code: 11_601 }));
    await expect(second.sessions.take(7)).rejects.toMatchObject({
      isRetriable: true,
      message: expect.stringContaining('interrupted'),
    });
    const { id } = await second.sessions.take(7);
    expect(await first.records.findById(idOf(7))).toMatchObject({ session: id });
  });
});

describe('why a partition has stopped', () => {
  it('is on record for all instances until somebody goes on with it', async () => {
    await first.sessions.take(8);
    expect((await second.sessions.stopReasons()).get(8)).toBeUndefined();
    await first.sessions.mark(8, 'records are gone');
    expect((await second.sessions.stopReasons()).get(8)).toBe('records are gone');
    // Whoever takes it over may find the same.
    await second.sessions.take(8);
    expect((await first.sessions.stopReasons()).get(8)).toBe('records are gone');
    await second.sessions.mark(8, null);
    expect((await first.sessions.stopReasons()).get(8)).toBeUndefined();
  });

  it('is not put on record by whoever has lost the partition since', async () => {
    await first.sessions.take(9);
    await second.sessions.take(9);
    await first.sessions.mark(9, 'its view is an old one');
    expect((await second.sessions.stopReasons()).get(9)).toBeUndefined();
  });
});

class Instance {
  constructor(readonly context: INestApplicationContext) {}

  get sessions(): OwnerSessions {
    return this.context.get(OwnerSessions);
  }

  get connection(): Connection {
    return this.context.get<Connection>(getConnectionToken(), { strict: false });
  }

  get database(): mongo.Db {
    if (this.connection.db === undefined) throw new Error('not connected');
    return this.connection.db;
  }

  get records(): Model<OwnerSessionRecord> {
    return this.context.get<Model<OwnerSessionRecord>>(getModelToken(OwnerSessionRecord.name), { strict: false });
  }

  documents(): mongo.Collection<{ _id: string; by: string }> {
    return this.database.collection('documents');
  }

  async write(by: string, session: ClientSession): Promise<void> {
    await this.documents().updateOne({ _id: 'one' }, { $set: { by } }, { session });
  }

  async transact(owner: Awaited<ReturnType<OwnerSessions['take']>>, by: string): Promise<void> {
    await owner.use(async (session) => {
      session.startTransaction();
      await this.write(by, session);
      await session.commitTransaction();
    });
  }
}

async function open(): Promise<Instance> {
  const module = PartModule.of(settings, StoreModule);
  return new Instance(await NestFactory.createApplicationContext(module, { logger: false }));
}

function idOf(partition: number): string {
  return `${settings.kafka.ingestionTopic}:${partition}`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
