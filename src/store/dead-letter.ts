import type { FieldError } from '../invoice/index.js';
import type { RecordHeader } from '../record-header.js';

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
  headers: readonly RecordHeader[];
}

/** What a dead letter is in: waiting for somebody to look at it, sent back into `ingestion-topic`, or given up. */
export type DeadLetterState = 'open' | 'replayed' | 'discarded';

/** Through what somebody acted. */
export type Actor = 'api' | 'dashboard' | 'cli';

/** Who acted. */
export interface Who {
  by: Actor;
  /** What the key is called, of which nothing else is kept; null or absent: it has no name, or none was needed. */
  key?: string | null;
}

/** The record of a dead letter was sent back; `to` is where it lies now. */
export interface ReplayAct extends Who {
  at: Date;
  action: 'replayed';
  /** Whether an item that somebody had corrected went instead of the original bytes. */
  corrected: boolean;
  to: { partition: number; offset: number };
  /** Null where nothing could read the invoice number in the record. */
  receipt: string | null;
}

export interface DiscardAct extends Who {
  at: Date;
  action: 'discarded';
}

export type DeadLetterAct = ReplayAct | DiscardAct;
