import {
  decodeDelta,
  emptyPeriod,
  formatMoney,
  mergeDelta,
  mergePeriod,
  type PeriodTally,
  type SummaryDelta,
  type Tally,
} from '../../invoice/index.js';
import type { Summary, SummaryPiece } from '../summary.schema.js';
import { moneyOf } from './invoice-check.js';
import { breakdownOf, strayPieces } from './piece-check.js';

/** The summaries as they stood at one moment: compacted documents by period, their pieces, and the deltas that wait. */
export interface StoredSummaries {
  byPeriod: Map<string, Summary[]>;
  /** By the `_id` of the summary. */
  pieces: Map<string, SummaryPiece[]>;
  waiting: { _id: string; delta: string }[];
}

/**
 * Compares every period of the summaries (days, months, `all`; all countries, products and customers) with the sums over
 * the lines by day. Yields one line for each difference. Uses `expected` up, to hold one month of sums at a time.
 */
export function* summaryFaults(stored: StoredSummaries, expected: SummaryDelta): Generator<string> {
  const waiting: SummaryDelta = new Map();
  for (const { _id, delta } of stored.waiting) {
    const decoded = decode(delta);
    if (decoded === null) yield `summary delta ${_id}: cannot be read`;
    else mergeDelta(waiting, decoded);
  }
  const days = new Set([...expected.keys(), ...waiting.keys()]);
  for (const period of stored.byPeriod.keys()) if (period.length === 10) days.add(period);
  const months = new Set([...days].map((day) => day.slice(0, 7)));
  for (const period of stored.byPeriod.keys()) if (period.length === 7) months.add(period);
  const all = { expected: emptyPeriod(), waiting: emptyPeriod() };
  for (const month of [...months].sort()) {
    const whole = { expected: emptyPeriod(), waiting: emptyPeriod() };
    for (const day of [...days].filter((candidate) => candidate.startsWith(month)).sort()) {
      const ofDay = { expected: expected.get(day) ?? emptyPeriod(), waiting: waiting.get(day) ?? emptyPeriod() };
      yield* comparePeriod(day, stored, ofDay);
      mergePeriod(whole.expected, ofDay.expected);
      mergePeriod(whole.waiting, ofDay.waiting);
      expected.delete(day);
    }
    yield* comparePeriod(month, stored, whole);
    mergePeriod(all.expected, whole.expected);
    mergePeriod(all.waiting, whole.waiting);
  }
  yield* comparePeriod('all', stored, all);
  yield* strayPieces(stored);
}

const SUMS = ['revenue', 'lines', 'units', 'invoices'] as const;

function* comparePeriod(
  period: string,
  stored: StoredSummaries,
  sums: { expected: PeriodTally; waiting: PeriodTally },
): Generator<string> {
  const found = emptyPeriod();
  for (const document of stored.byPeriod.get(period) ?? []) {
    const breakdown = yield* breakdownOf(document, stored.pieces.get(document._id) ?? []);
    if (breakdown === null) continue;
    mergePeriod(found, breakdown);
    const { lines, units, invoices } = document;
    const head = { revenue: moneyOf(document.revenue), lines, units, invoices };
    for (const sum of SUMS) {
      if (head[sum] === breakdown[sum]) continue;
      yield `summary ${document._id}: ${sum} is ${show(head[sum])}, its breakdown says ${show(breakdown[sum])}`;
    }
  }
  mergePeriod(found, sums.waiting);
  const name = `summary ${period}`;
  yield* compareTally(name, found, sums.expected);
  if (found.cancellations !== sums.expected.cancellations) {
    yield `${name}: cancellations is ${found.cancellations}, the lines give ${sums.expected.cancellations}`;
  }
  yield* compareParts(name, 'country', found.countries, sums.expected.countries);
  yield* compareParts(name, 'product', found.products, sums.expected.products);
  yield* compareParts(name, 'customer', found.customers, sums.expected.customers);
}

function* compareParts(
  name: string,
  dimension: string,
  found: ReadonlyMap<string, Tally>,
  expected: ReadonlyMap<string, Tally>,
): Generator<string> {
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    yield* compareTally(`${name}: ${dimension} ${key}`, found.get(key) ?? NOTHING, expected.get(key) ?? NOTHING);
  }
}

const NOTHING: Tally = { revenue: 0n, lines: 0, units: 0, invoices: 0 };

function* compareTally(name: string, found: Tally, expected: Tally): Generator<string> {
  for (const sum of SUMS) {
    if (found[sum] === expected[sum]) continue;
    yield `${name}: ${sum} is ${show(found[sum])}, the lines give ${show(expected[sum])}`;
  }
}

function show(value: bigint | number | null): string {
  return typeof value === 'bigint' ? formatMoney(value) : value === null ? 'not exact money' : String(value);
}

function decode(text: string): SummaryDelta | null {
  try {
    return decodeDelta(text);
  } catch {
    return null;
  }
}
