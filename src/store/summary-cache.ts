import { decodeDelta, emptyPeriod, type PeriodTally, type SummaryDelta } from '../invoice/index.js';

/** Cells (countries, products and customers of a period) kept decoded; about 150 bytes each. */
const CELLS_MAX = 300_000;

interface KeptPeriod {
  /** It is good for this version of the summary and no other. */
  version: number;
  tally: PeriodTally;
  cells: number;
}

interface KeptDelta {
  text: string;
  delta: SummaryDelta;
  /** No other delta that was ever decoded here has it. */
  serial: number;
}

/** Decoded summaries and deltas, so that a page that is asked for again does not decode again; bounded, oldest use out first. */
export class SummaryCache {
  private readonly periods = new Map<string, KeptPeriod>();
  private readonly deltas = new Map<string, KeptDelta>();
  private cells = 0;
  private serial = 0;

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

  /**
   * The deltas decoded, in the given order, and a mark that the same deltas always have and others never; those that are
   * not among them are forgotten. Callers must not change them.
   */
  decodeDeltas(waiting: readonly { _id: string; delta: string }[]): { deltas: SummaryDelta[]; mark: string } {
    const kept = new Map(this.deltas);
    this.deltas.clear();
    const decoded = waiting.map(({ _id, delta: text }) => {
      const before = kept.get(_id);
      // A batch that is applied again, on a store from an older backup, may end elsewhere: the text decides.
      const entry = before?.text === text ? before : { text, delta: decodeDelta(text), serial: ++this.serial };
      this.deltas.set(_id, entry);
      return entry;
    });
    return { deltas: decoded.map(({ delta }) => delta), mark: decoded.map(({ serial }) => serial).join() };
  }

  private forget(id: string): void {
    this.cells -= this.periods.get(id)?.cells ?? 0;
    this.periods.delete(id);
  }
}

function cellsOf({ countries, products, customers }: PeriodTally): number {
  return 1 + countries.size + products.size + customers.size;
}
