import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Model } from 'mongoose';
import type { FieldError } from '../invoice/index.js';
import type { DeadLetterAct, DeadLetterState } from './dead-letter.js';
import { ANY_DEAD_LETTER, type DeadLetterFilter, whereOf } from './dead-letter-filter.js';
import { DeadLetterRecord } from './dead-letter.schema.js';
import { storeError } from './errors.js';
import { gatherHeaders, type LetterHeaders } from './letter-headers.js';

/** A dead letter as it is kept. */
export interface KeptDeadLetter extends LetterHeaders {
  /** `topic:partition:offset` of the record. */
  id: string;
  reason: string;
  message: string;
  errors: readonly FieldError[];
  topic: string;
  partition: number;
  offset: number;
  /** Kafka's time of the record. */
  at: Date;
  key: Buffer | null;
  value: Buffer | null;
  history: readonly DeadLetterAct[];
  state: DeadLetterState;
  /** A background replay has it. */
  isTaken: boolean;
  discardedUntil: Date | null;
}

/** A place in the list, newest first. */
export interface DeadLetterPlace {
  at: Date;
  id: string;
}

/** So many are counted whenever asked; above, a count is kept for so many times what it cost. */
const COUNT_ALWAYS = 10_000;
const COUNT_KEPT_FACTOR = 20;

/** The first look back, ms; each next one goes six times as far. See BatchReader for why. */
const LOOK_BACK_MS = 1_000;
const LOOK_BACK_FACTOR = 6;

/** Reads dead letters. */
@Injectable()
export class DeadLetterReader {
  private counted: { count: Promise<number>; untilMs: number } | null = null;

  constructor(@InjectModel(DeadLetterRecord.name) private readonly letters: Model<DeadLetterRecord>) {}

  /** How many are open; when there are very many, as of a moment ago. @throws StoreUnavailableError */
  countOpen(): Promise<number> {
    const startedAtMs = performance.now();
    if (this.counted !== null && startedAtMs < this.counted.untilMs) return this.counted.count;
    const counted = {
      untilMs: Number.POSITIVE_INFINITY,
      count: this.letters.collection
        .countDocuments(whereOf({ ...ANY_DEAD_LETTER, state: 'open' }))
        .catch((error: unknown) => {
          throw storeError(error);
        }),
    };
    this.counted = counted;
    const settle = (count: number) => {
      const nowMs = performance.now();
      counted.untilMs = count < COUNT_ALWAYS ? 0 : nowMs + (nowMs - startedAtMs) * COUNT_KEPT_FACTOR;
    };
    counted.count.then(settle, () => {
      counted.untilMs = 0;
    });
    return counted.count;
  }

  /**
   * How many of those that match came on each day (UTC, by Kafka's time), by reason; in no order. Reads all that match.
   * @throws StoreUnavailableError
   */
  async countByDay(filter: DeadLetterFilter): Promise<{ reason: string; day: string; count: number }[]> {
    const day = { $dateToString: { date: '$at', format: '%Y-%m-%d' } };
    try {
      const groups = this.letters.collection.aggregate<{ _id: { reason: string; day: string }; count: number }>([
        { $match: whereOf(filter) },
        { $group: { _id: { reason: '$reason', day }, count: { $sum: 1 } } },
      ]);
      return (await groups.toArray()).map(({ _id, count }) => ({ ..._id, count }));
    } catch (error) {
      throw storeError(error);
    }
  }

  /** The one with this id, null when there is none. @throws StoreUnavailableError */
  async find(id: string): Promise<KeptDeadLetter | null> {
    try {
      const found = await this.letters.collection.findOne<RawDeadLetter>({ _id: id } as object);
      return found === null ? null : letterOf(found);
    } catch (error) {
      throw storeError(error);
    }
  }

  /**
   * Up to `limit` of them after the place, newest first (by time, then id), and whether there are more. Following the
   * places to the end gives every one once. @throws StoreUnavailableError
   */
  async list(
    filter: DeadLetterFilter,
    after: DeadLetterPlace | null,
    limit: number,
  ): Promise<{ letters: KeptDeadLetter[]; more: boolean }> {
    const found: KeptDeadLetter[] = [];
    try {
      for (const where of windows(filter, after)) {
        const rest = limit + 1 - found.length;
        const part = this.letters.collection
          .find<RawDeadLetter>(where, RAW_BUFFERS)
          .sort({ at: -1, _id: -1 })
          .limit(rest);
        for await (const letter of part) found.push(letterOf(letter));
        if (found.length > limit) break;
      }
    } catch (error) {
      throw storeError(error);
    }
    return { letters: found.slice(0, limit), more: found.length > limit };
  }
}

const RAW_BUFFERS = { promoteBuffers: true };

/** Disjoint conditions that together hold every dead letter after the place, newer ones first. */
function* windows(filter: DeadLetterFilter, after: DeadLetterPlace | null): Generator<object> {
  const { from, to } = filter;
  const same = whereOf({ ...filter, from: null, to: null });
  if (after !== null) yield { ...same, at: after.at, _id: { $lt: after.id } };
  const fromMs = from?.getTime() ?? Number.NEGATIVE_INFINITY;
  let upper: object = after !== null ? { $lt: after.at } : to !== null ? { $lte: to } : {};
  let backMs = LOOK_BACK_MS;
  const start = after?.at.getTime() ?? to?.getTime() ?? Date.now();
  for (let lowerMs = start - backMs; lowerMs > Math.max(0, fromMs); lowerMs = start - backMs) {
    const lower = new Date(lowerMs);
    yield { ...same, at: { $gt: justBefore(lower), ...upper } };
    upper = { $lt: lower };
    backMs *= LOOK_BACK_FACTOR;
  }
  const at = { ...(from === null ? {} : { $gt: justBefore(from) }), ...upper };
  yield { ...same, ...(Object.keys(at).length === 0 ? {} : { at }) };
}

/**
 * Dates are whole milliseconds, so "after this" means "from the date on". The local store loses what lies exactly on the
 * bound of `$gte` where it takes an index that has another field behind the date.
 */
function justBefore(date: Date): Date {
  return new Date(date.getTime() - 1);
}

type Bytes = Buffer | { buffer: Uint8Array; position: number };

/** As the driver gives it: bytes are wrapped unless they are promoted. */
export type RawDeadLetter = Omit<DeadLetterRecord, 'key' | 'value' | 'headers'> & {
  key: Bytes | null;
  value: Bytes | null;
  headers: { key: string; value: Bytes }[];
};

/** The dead letter of a document. */
export function letterOf({ _id: id, key, value, headers, ...rest }: RawDeadLetter): KeptDeadLetter {
  const { reason, message, errors, topic, partition, offset, at, history, state, job, expiresAt } = rest;
  return {
    ...{ id, reason, message, errors, topic, partition, offset, at, history, state },
    isTaken: typeof job === 'string',
    discardedUntil: expiresAt ?? null,
    key: key === null ? null : bytesOf(key),
    value: value === null ? null : bytesOf(value),
    ...gatherHeaders(headers.map((header) => ({ name: header.key, value: bytesOf(header.value) }))),
  };
}

function bytesOf(value: Bytes): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer.subarray(0, value.position));
}
