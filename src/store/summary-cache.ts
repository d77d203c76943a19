import { decodeDelta, emptyPeriod, type PeriodTally, type SummaryDelta } from '../invoice/index.js';

/** Cells (countries, products and customers of a period) kept decoded; about 150 bytes each. */
const CELLS_MAX = 300_000;

interface KeptPeriod {
  /** It is good for this version of the summary and no other. */
  version: number;
  tally: PeriodTally;
  cells: number;
}

/** A delta that waits for compaction. Callers must not change it. */
export interface KeptDelta {
  /** No other delta has it, and this one as long as it waits. */
  stamp: string;
  delta: SummaryDelta;
}

/** Decoded summaries and deltas, so that a page that is asked for again does not decode again; bounded, oldest use out first. */
export class SummaryCache {
  private readonly periods = new Map<string, KeptPeriod>();
  private readonly deltas = new Map<string, KeptDelta>();
  private cells = 0;

  /** The decoded summary, if it was kept at this very version. Callers must not change it. */
  period(id: string, version: number): PeriodTally | undefined {
    const entry = this.periods.get(id);
    if (entry?.version !== version) return undefined;
    this.periods.delete(id);
    this.periods.set(id, entry);
    return entry.tally;
  }

  /** Decodes and keeps a summary. */
  keepPeriod(id: string, period: string, version: number, breakdown: string): PeriodTally {
    const tally = decodeDelta(breakdown).get(period) ?? emptyPeriod();
    this.forget(id);
    const cells = cellsOf(tally);
    this.periods.set(id, { version, tally, cells });
    this.cells += cells;
    for (const oldest of this.periods.keys()) {
      if (this.cells <= CELLS_MAX || oldest === id) break;
      this.forget(oldest);
    }
    return tally;
  }

  /** The decoded delta, if it was kept as it was written then. */
  delta(id: string, stamp: string): KeptDelta | undefined {
    const entry = this.deltas.get(id);
    return entry?.stamp === stamp ? entry : undefined;
  }

  /** Decodes and keeps a delta. */
  keepDelta(id: string, stamp: string, text: string): KeptDelta {
    const entry = { stamp, delta: decodeDelta(text) };
    this.deltas.set(id, entry);
    return entry;
  }

  /** Forgets the deltas that wait no longer. */
  retainDeltas(ids: ReadonlySet<string>): void {
    for (const id of this.deltas.keys()) if (!ids.has(id)) this.deltas.delete(id);
  }

  private forget(id: string): void {
    this.cells -= this.periods.get(id)?.cells ?? 0;
    this.periods.delete(id);
  }
}

function cellsOf({ countries, products, customers }: PeriodTally): number {
  return 1 + countries.size + products.size + customers.size;
}
