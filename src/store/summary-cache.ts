import { LRUCache } from 'lru-cache';
import { decodeDelta, emptyPeriod, type PeriodTally } from '../invoice/index.js';

/** Cells (countries, products and customers of a period) kept decoded; about 150 bytes each. */
const CELLS_MAX = 300_000;

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

  /** Decodes and keeps a summary. */
  keepPeriod(id: string, period: string, version: number, breakdown: string): PeriodTally {
    const tally = decodeDelta(breakdown).get(period) ?? emptyPeriod();
    this.periods.set(id, { version, tally });
    return tally;
  }
}

function cellsOf({ countries, products, customers }: PeriodTally): number {
  return 1 + countries.size + products.size + customers.size;
}
