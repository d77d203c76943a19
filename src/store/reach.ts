import { mongo } from 'mongoose';
import type { Settings } from '../config.js';
import { storeError } from './errors.js';

/** Resolves when the store takes a connection; rejects with StoreUnavailableError, soon, when it does not. */
export async function reachStore({ uri, timeoutMs }: Settings['store']): Promise<void> {
  const serverSelectionTimeoutMS = Math.min(timeoutMs, 3_000);
  try {
    const client = new mongo.MongoClient(uri ?? '', { serverSelectionTimeoutMS });
    await client.connect().finally(() => client.close());
  } catch (error) {
    throw storeError(error);
  }
}
