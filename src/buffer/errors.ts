/** Kafka can't take or give records now. Nothing was lost; the same step may be tried again. */
export class BufferUnavailableError extends Error {
  readonly code = 'BUFFER_UNAVAILABLE';
  readonly isRetriable = true;
  constructor(
    message: string,
    readonly retryAfterSeconds = 2,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'BufferUnavailableError';
  }
}

/** Kafka never takes this record: it is larger than the topic allows. */
export class RecordTooLargeError extends Error {
  readonly code = 'RECORD_TOO_LARGE';
  readonly isRetriable = false;
  constructor(message: string) {
    super(message);
    this.name = 'RecordTooLargeError';
  }
}

/** Whether Kafka refused a record for its size. */
export function isTooLarge(error: unknown): boolean {
  const { type, cause } = error as { type?: unknown; cause?: { type?: unknown } };
  return [type, cause?.type].some((name) => name === 'MESSAGE_TOO_LARGE' || name === 'RECORD_LIST_TOO_LARGE');
}

/** Another instance owns the partition now: whatever this one still holds of it must be dropped. */
export class OwnershipLostError extends Error {
  readonly code = 'OWNERSHIP_LOST';
  readonly isRetriable = true;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OwnershipLostError';
  }
}
