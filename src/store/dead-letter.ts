import type { FieldError } from '../invoice/index.js';

/** A record that could not be processed, as it goes to the topic `dead-letters` and the collection `deadLetters`. */
export interface DeadLetter {
  topic: string;
  partition: number;
  offset: number;
  /** From a short closed list. */
  reason: string;
  message: string;
  errors: FieldError[];
  /** Kafka's time of the record, ms since 1970. */
  timestampMs: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: ReadonlyMap<string, Buffer>;
}
