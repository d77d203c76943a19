import { decodeDelta, emptyPeriod, type PeriodTally, type SummaryDelta } from '../invoice/index.js';

/** Cells (countries, products and customers of a period) kept decoded; about 150 bytes each. */
const CELLS_MAX = 300_000;

interface Entry<T> {
  /** What it was decoded from: the entry is good for this and nothing else. */
  source: string | number;
  value: T;
  cells: number;
}

/** Decoded summaries and deltas, so that a page that is asked for again does not decode again; bounded, oldest use out first. */
export class SummaryCache {
  private readonly periods = new Map<string, Entry<PeriodTally>>();
  private readonly deltas = new Map<string, Entry<SummaryDelta>>();
  private cells = 0;

  /** The decoded summary, if it was kept at this very version. Callers must not change it. */
  period(id: string, version: number): PeriodTally | undefined {
    const entry = this.periods.get(id);
    if (entry?.source !== version) return undefined;
    this.periods.delete(id);
    this.periods.set(id, entry);
    return entry.value;
  }

  /** Decodes and keeps a summary. */
  keepPeriod(id: string, period: string, version: number, breakdown: string): PeriodTally {
    const value = decodeDelta(breakdown).get(period) ?? emptyPeriod();
    this.forget(id);
    const cells = cellsOf(value);
    this.periods.set(id, { source: version, value, cells });
    this.cells += cells;
    for (const oldest of this.periods.keys()) {
      if (this.cells <= CELLS_MAX || oldest === id) break;
      this.forget(oldest);
    }
    return value;
  }

  /** The deltas decoded, in the given order; those that are not among them are forgotten. Callers must not change them. */
  decodeDeltas(waiting: readonly { _id: string; delta: string }[]): SummaryDelta[] {
    const kept = new Map(this.deltas);
    this.deltas.clear();
    return waiting.map(({ _id, delta }) => {
      const before = kept.get(_id);
      // A batch that is applied again, on a store from an older backup, may end elsewhere: the text decides.
      const entry = before?.source === delta ? before : { source: delta, value: decodeDelta(delta), cells: 0 };
      this.deltas.set(_id, entry);
      return entry.value;
    });
  }

  private forget(id: string): void {
    this.cells -= this.periods.get(id)?.cells ?? 0;
    this.periods.delete(id);
  }
}

function cellsOf({ countries, products, customers }: PeriodTally): number {
  return 1 + countries.size + products.size + customers.size;
}
