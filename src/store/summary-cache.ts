import { LRUCache } from 'lru-cache';
import type { PeriodTally } from '../invoice/index.js';

/** Cells (countries, products and customers of a period) kept in each of the two caches; about 150 bytes each. */
const CELLS_MAX = 300_000;

/** Readings kept while nothing is stored: those of the ranges that people look at. */
const READINGS_MAX = 16;

interface KeptPeriod {
  /** It is good for this version of the summary and no other. */
  version: number;
  tally: PeriodTally;
}

/** Decoded summaries, so that a page that is asked for again does not decode again; bounded, oldest use out first. */
export class SummaryCache {
  private readonly periods = new LRUCache<string, KeptPeriod>({
    maxSize: CELLS_MAX,
    sizeCalculation: ({ tally }) => cellsOf(tally),
  });

  /** The decoded summary, if it was kept at this very version. Callers must not change it. */
  period(id: string, version: number): PeriodTally | undefined {
    const entry = this.periods.get(id);
    return entry?.version === version ? entry.tally : undefined;
  }

  keepPeriod(id: string, version: number, tally: PeriodTally): void {
    this.periods.set(id, { version, tally });
  }
}

/** Finished readings, so that the same range is not added up again while nothing is stored. */
export class ReadingCache<T extends { sum: PeriodTally }> {
  private readonly readings = new Map<string, T>();

  get(key: string): T | undefined {
    return this.readings.get(key);
  }

  /** Keeps the newest, however large it is, and the last ones before it as long as they are few and not large together. */
  keep(key: string, reading: T): T {
    this.readings.delete(key);
    this.readings.set(key, reading);
    let cells = 0;
    for (const { sum } of this.readings.values()) cells += cellsOf(sum);
    for (const [oldest, { sum }] of this.readings) {
      if (oldest === key || (this.readings.size <= READINGS_MAX && cells <= CELLS_MAX)) break;
      this.readings.delete(oldest);
      cells -= cellsOf(sum);
    }
    return reading;
  }
}

function cellsOf({ countries, products, customers }: PeriodTally): number {
  return 1 + countries.size + products.size + customers.size;
}
