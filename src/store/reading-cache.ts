import type { PeriodTally } from '../invoice/index.js';

/** Cells (countries, products and customers of a range) that are kept; about 150 bytes each. */
const CELLS_MAX = 300_000;

/** Readings kept while nothing is stored: those of the ranges that people look at. */
const READINGS_MAX = 16;

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

  clear(): void {
    this.readings.clear();
  }
}

/** The cells of a tally. */
export function cellsOf({ countries, products, customers }: PeriodTally): number {
  return countries.size + products.size + customers.size;
}
