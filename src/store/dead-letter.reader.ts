import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Model } from 'mongoose';
import { ANY_DEAD_LETTER, type DeadLetterFilter, whereOf } from './dead-letter-filter.js';
import { DeadLetterRecord } from './dead-letter.schema.js';
import { storeError } from './errors.js';
import {
  bytesIn,
  type KeptDeadLetter,
  letterOf,
  type ListedDeadLetter,
  listedOf,
  type ListedRecord,
  type RawDeadLetter,
} from './kept-dead-letter.js';

/** Some dead letters of a list, and whether there are more behind them. */
export interface DeadLetterPage<Letter> {
  letters: Letter[];
  more: boolean;
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
/** Up to so many pages full are read sooner than looked for from the newest on. */
const FEW = 4;

/** Which dead letters, and whether all that match are a few. */
interface Asked {
  filter: DeadLetterFilter;
  after: DeadLetterPlace | null;
  isFew: boolean;
}

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
   * Some of them after the place, newest first (by time, then id), and whether there are more: `lettersMax`, or fewer
   * where their keys, values and headers have `bytesMax` together, but at least one. Following the places to the end
   * gives every one once. @throws StoreUnavailableError
   */
  async page(
    filter: DeadLetterFilter,
    after: DeadLetterPlace | null,
    { lettersMax, bytesMax }: { lettersMax: number; bytesMax: number },
  ): Promise<DeadLetterPage<KeptDeadLetter>> {
    const letters: KeptDeadLetter[] = [];
    let bytes = 0;
    const where = { filter, after, isFew: false };
    for await (const found of this.newestFirst<RawDeadLetter>(where, lettersMax + 1, RAW_BUFFERS)) {
      if (letters.length >= lettersMax || bytes >= bytesMax) return { letters, more: true };
      const letter = letterOf(found);
      letters.push(letter);
      bytes += bytesIn(letter);
    }
    return { letters, more: false };
  }

  /**
   * The same without keys, values and headers, which are not read at all: always `lettersMax` where there are so many.
   * @param about how many match, where that is known: a few are read in one go.
   */
  async list(
    filter: DeadLetterFilter,
    after: DeadLetterPlace | null,
    lettersMax: number,
    about = Infinity,
  ): Promise<DeadLetterPage<ListedDeadLetter>> {
    const letters: ListedDeadLetter[] = [];
    const where = { filter, after, isFew: about <= FEW * lettersMax };
    for await (const found of this.newestFirst<ListedRecord>(where, lettersMax + 1, WITHOUT_BYTES)) {
      if (letters.length >= lettersMax) return { letters, more: true };
      letters.push(listedOf(found));
    }
    return { letters, more: false };
  }

  private async *newestFirst<Found extends object>(
    asked: Asked,
    countMax: number,
    options: object,
  ): AsyncGenerator<Found> {
    let rest = countMax;
    try {
      for (const where of windows(asked)) {
        const part = this.letters.collection.find<Found>(where, options).sort({ at: -1, _id: -1 }).limit(rest);
        for await (const found of part) {
          yield found;
          rest--;
        }
        if (rest <= 0) return;
      }
    } catch (error) {
      throw storeError(error);
    }
  }
}

const RAW_BUFFERS = { promoteBuffers: true };
const WITHOUT_BYTES = { projection: { key: 0, value: 0, headers: 0 } };

/** Disjoint conditions that together hold every dead letter after the place, newer ones first. */
function* windows({ filter, after, isFew }: Asked): Generator<object> {
  const { from, to } = filter;
  const same = whereOf({ ...filter, from: null, to: null });
  if (after !== null) yield { ...same, at: after.at, _id: { $lt: after.id } };
  const fromMs = from?.getTime() ?? Number.NEGATIVE_INFINITY;
  let upper: object = after !== null ? { $lt: after.at } : to !== null ? { $lte: to } : {};
  let backMs = LOOK_BACK_MS;
  const start = after?.at.getTime() ?? to?.getTime() ?? Date.now();
  for (let lowerMs = start - backMs; !isFew && lowerMs > Math.max(0, fromMs); lowerMs = start - backMs) {
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
