import type { ClientSession, Connection } from 'mongoose';
import { storeError } from './errors.js';

/**
 * Runs several reads on one snapshot of the store: what one transaction wrote is seen by all of them or by none. Reads
 * that the store could not serve from one snapshot are made again, up to three times.
 * @throws StoreUnavailableError when the store can't be reached.
 */
export async function inSnapshot<T>(connection: Connection, read: (session: ClientSession) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(connection, read);
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isTransient(error)) throw storeError(error);
    }
  }
}

/** The option of a read that belongs to a session, if there is one. */
export const sessionOption = (session?: ClientSession): { session?: ClientSession } =>
  session === undefined ? {} : { session };

const ATTEMPTS_MAX = 3;

async function once<T>(connection: Connection, read: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = await connection.startSession();
  try {
    session.startTransaction({ readConcern: { level: 'snapshot' } });
    const result = await read(session);
    await session.commitTransaction();
    return result;
  } finally {
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    await session.endSession().catch(() => undefined);
  }
}

/** The driver marks what a new transaction may get around, such as a snapshot that is too old. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || !('hasErrorLabel' in error) || typeof error.hasErrorLabel !== 'function')
    return false;
  return error.hasErrorLabel('TransientTransactionError') === true;
}
