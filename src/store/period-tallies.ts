import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ClientSession } from 'mongoose';
import { addEncoded, emptyPeriod, type PeriodTally } from '../invoice/index.js';
import { Turns } from '../turns.js';
import { PeriodTexts } from './period-texts.js';
import { cellsOf } from './reading-cache.js';
import type { Head } from './summary-parts.js';

/** What is kept, in countries, products and customers of a period; about 150 bytes each. */
const CELLS_MAX = 100_000;

interface Kept {
  /** Of the summaries that it is the sum of. */
  versions: string;
  tally: PeriodTally;
}

/** What compacted summaries of all partitions add up to by period, kept because ranges share their months and days. */
@Injectable()
export class PeriodTallies {
  private readonly cache = new LRUCache<string, Kept>({
    maxSize: CELLS_MAX,
    sizeCalculation: ({ tally }) => 1 + cellsOf(tally),
  });

  constructor(private readonly texts: PeriodTexts) {}

  /**
   * Those of the periods, older ones first. Callers must not change them.
   * @throws TornSummaryError as `PeriodTexts.read` does.
   */
  async read(
    heads: readonly Head[],
    periods: ReadonlySet<string>,
    session?: ClientSession,
  ): Promise<readonly PeriodTally[]> {
    const versions = new Map<string, string>();
    for (const { _id, period, version } of heads) {
      if (periods.has(period)) versions.set(period, `${versions.get(period) ?? ''}${_id} ${version},`);
    }
    const sums = new Map<string, PeriodTally>();
    const missing = new Set<string>();
    for (const [period, those] of versions) {
      const kept = this.cache.get(period);
      if (kept?.versions !== those) missing.add(period);
      sums.set(period, kept?.versions === those ? kept.tally : emptyPeriod());
    }
    const turns = new Turns();
    for (const { period, pieces } of await this.texts.read(heads, missing, session)) {
      const sum = sums.get(period) ?? emptyPeriod();
      for (const piece of pieces) {
        await turns.pass();
        addEncoded(sum, piece);
      }
    }
    for (const [period, tally] of sums) this.cache.set(period, { versions: versions.get(period) ?? '', tally });
    return [...sums.values()];
  }

  /** Keeps none of what was read so far. */
  clear(): void {
    this.cache.clear();
  }
}
