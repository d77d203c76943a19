import { Injectable } from '@nestjs/common';
import type { ClientSession } from 'mongoose';
import type { PeriodTally } from '../invoice/index.js';
import { TornSummaryError } from './errors.js';
import { CELLS_MAX, cellsOf, SummaryCache } from './summary-cache.js';
import { SummaryDocuments } from './summary-documents.js';
import type { Head } from './summary-parts.js';

/** What is kept of texts, in characters: bytes, unless there are others than those of Latin-1. */
const CHARS_MAX = 16_000_000;

type Versions<T> = AsyncIterable<{ _id: string; version: number; value: T }>;

/** The breakdowns of compacted summaries, kept in one form. */
abstract class Periods<T extends object> {
  protected abstract readonly cache: SummaryCache<T>;

  /**
   * Those of the periods, older ones first; only those that are not kept are read.
   * @throws TornSummaryError where one is not there at the version of its head.
   */
  async read(heads: readonly Head[], periods: ReadonlySet<string>, session?: ClientSession): Promise<T[]> {
    const wanted = heads.filter(({ period }) => periods.has(period));
    const found = new Map<string, T>();
    for (const { _id, version } of wanted) {
      const kept = this.cache.get(_id, version);
      if (kept !== undefined) found.set(_id, kept);
    }
    const missing = new Map(wanted.filter(({ _id }) => !found.has(_id)).map(({ _id, version }) => [_id, version]));
    if (missing.size > 0) {
      for await (const { _id, version, value } of this.load([...missing.keys()], session)) {
        this.cache.keep(_id, version, value);
        if (version === missing.get(_id)) found.set(_id, value);
      }
    }
    return wanted.map(({ _id }) => {
      const value = found.get(_id);
      if (value === undefined)
        throw new TornSummaryError(`the store: summary ${_id} is not the one that was asked for`);
      return value;
    });
  }

  /** Keeps none of what was read so far. */
  clear(): void {
    this.cache.clear();
  }

  protected abstract load(ids: string[], session?: ClientSession): Versions<T>;
}

/** Decoded, for sums of everything in them. */
@Injectable()
export class PeriodTallies extends Periods<PeriodTally> {
  protected readonly cache = new SummaryCache<PeriodTally>(CELLS_MAX, cellsOf);

  constructor(private readonly documents: SummaryDocuments) {
    super();
  }

  protected async *load(ids: string[], session?: ClientSession): Versions<PeriodTally> {
    for await (const { _id, version, tally } of this.documents.read(ids, session)) yield { _id, version, value: tally };
  }
}

/** As they stand in the store, for `findCell`: to look for one key takes a fraction of decoding all, and of the memory. */
@Injectable()
export class PeriodTexts extends Periods<readonly string[]> {
  protected readonly cache = new SummaryCache<readonly string[]>(CHARS_MAX, (texts) =>
    texts.reduce((sum, { length }) => sum + length, 0),
  );

  constructor(private readonly documents: SummaryDocuments) {
    super();
  }

  protected async *load(ids: string[], session?: ClientSession): Versions<readonly string[]> {
    for await (const { _id, version, texts } of this.documents.readTexts(ids, session)) {
      yield { _id, version, value: texts };
    }
  }
}
