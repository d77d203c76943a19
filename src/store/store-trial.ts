import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import type { Settings } from '../config.js';
import { storeError } from './errors.js';

/**
 * Inserts a document into each of the collections, finds it and deletes it, all in one transaction that is committed
 * as micro-batches are: nothing is left, and nobody sees it meanwhile. Rejects when any of it is refused.
 */
export async function tryStore(settings: Settings['store'], collections: readonly string[]): Promise<void> {
  const { uri, database, timeoutMs } = settings;
  const client = new mongo.MongoClient(uri ?? '', { serverSelectionTimeoutMS: Math.min(timeoutMs, 5_000) });
  const _id = `docstream-doctor-${randomUUID()}` as never;
  try {
    await client.connect();
    const db = client.db(database);
    await client.withSession(async (session) => {
      session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', j: true } });
      for (const name of collections) {
        const collection = db.collection(name);
        await collection.insertOne({ _id }, { session });
        if ((await collection.findOne({ _id }, { session })) === null) {
          throw new Error(`a transaction does not see what it wrote into ${name}`);
        }
        await collection.deleteOne({ _id }, { session });
      }
      await session.commitTransaction();
    });
  } catch (error) {
    throw storeError(error);
  } finally {
    await client.close().catch(() => undefined);
  }
}
