import type { DeadLetterState } from './dead-letter.js';

/** Which dead letters: all conditions hold together, null is none. */
export interface DeadLetterFilter {
  state: DeadLetterState | null;
  reason: string | null;
  /** A field with something wrong in it. */
  field: string | null;
  /** Stands in the message, in capitals or not. */
  text: string | null;
  /** Kafka's time of the record, inclusive. */
  from: Date | null;
  /** Inclusive. */
  to: Date | null;
  ids: readonly string[] | null;
}

/** Every dead letter. */
export const ANY_DEAD_LETTER: DeadLetterFilter = {
  state: null,
  reason: null,
  field: null,
  text: null,
  from: null,
  to: null,
  ids: null,
};

/** The filter as a condition of the store. */
export function whereOf({ state, reason, field, text, from, to, ids }: DeadLetterFilter): object {
  return {
    ...(ids === null ? {} : { _id: { $in: ids } }),
    ...(state === null ? {} : { state }),
    ...(reason === null ? {} : { reason }),
    ...(field === null ? {} : { 'errors.field': field }),
    ...(text === null ? {} : { message: { $regex: literal(text), $options: 'i' } }),
    ...(from === null && to === null
      ? {}
      : { at: { ...(from === null ? {} : { $gte: from }), ...(to === null ? {} : { $lte: to }) } }),
  };
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
