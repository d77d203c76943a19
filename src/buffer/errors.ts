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

/**
 * What an error of kafkajs means: that Kafka can't be reached now, which passes, or what a broker refuses for good, which
 * comes through as it is. kafkajs wraps what it has tried often enough, and calls that final whatever it was.
 */
export function bufferError(error: unknown): unknown {
  const { name, message, retriable, cause, errors } = error as Error & { retriable?: boolean; errors?: unknown[] };
  const isFinal = name === 'KafkaJSNonRetriableError' || name === 'KafkaJSNumberOfRetriesExceeded';
  const inner = isFinal ? cause : errors?.[0];
  if (inner !== undefined) return bufferError(inner);
  // Not a broker's word, for all its name: none of them has answered.
  const isUnanswered = name === 'KafkaJSGroupCoordinatorNotFound';
  return retriable === true || isUnanswered ? new BufferUnavailableError(message, 2, { cause: error }) : error;
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
