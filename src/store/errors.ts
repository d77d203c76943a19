import { mongo } from 'mongoose';

/** The store can't be reached or did not finish in time. The same step may be tried again; in a transaction nothing was half done. */
export class StoreUnavailableError extends Error {
  readonly code = 'STORE_UNAVAILABLE';
  readonly isRetriable = true;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailableError';
  }
}

/**
 * A document is larger than the store takes. Nothing was changed; fewer records at once may make it smaller, and where
 * they don't, trying again is of no use.
 */
export class TooLargeForStoreError extends StoreUnavailableError {
  constructor(message: string, cause?: unknown) {
    super(`the store does not take so much: ${message}`, { cause });
  }
}

/** The partition's checkpoint is not where this owner left it: another one has gone on. Nothing was changed. */
export class CheckpointMovedError extends Error {
  readonly code = 'CHECKPOINT_MOVED';
  readonly isRetriable = true;
  constructor(message: string) {
    super(message);
    this.name = 'CheckpointMovedError';
  }
}

/** An invoice is not as the fold was told: another partition or instance has written to it. Nothing was changed. */
export class InvoiceChangedError extends StoreUnavailableError {}

/** A summary and its pieces are not of one compaction: they were read around one, or the store has lost a piece. */
export class TornSummaryError extends StoreUnavailableError {}

/** What a failed store operation means: unreachable or in conflict, which passes, or a fault of ours, which does not. */
export function storeError(error: unknown): Error {
  if (error instanceof StoreUnavailableError || error instanceof CheckpointMovedError) return error;
  // Errors of the driver and of mongoose, and of its sockets, which it lets through when one is reset while it writes;
  // anything else is a programming fault.
  if (isOfSocket(error) || error instanceof mongo.MongoError || (error instanceof Error && /^Mongo/.test(error.name)))
    return new StoreUnavailableError(`the store: ${error.message}`, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

/** By its shape: what Node itself throws is no instance of the Error of a test's realm. */
function isOfSocket(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}
