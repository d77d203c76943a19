import { decodeDelta, emptyPeriod, mergePeriod, type PeriodTally } from '../../invoice/index.js';
import type { Summary, SummaryPiece } from '../summary.schema.js';

/** The whole breakdown of a summary, from its document or its pieces; null, with what is wrong yielded, when it has none. */
export function* breakdownOf(
  { _id, period, version, breakdown, pieces: count = 0 }: Summary,
  pieces: readonly SummaryPiece[],
): Generator<string, PeriodTally | null> {
  if (count === 0) {
    const whole = tallyOf(String(breakdown), period);
    if (whole === null) yield `summary ${_id}: its breakdown cannot be read`;
    return whole;
  }
  const sum = emptyPeriod();
  let isWhole = true;
  for (let number = 1; number <= count; number++) {
    const piece = pieces.find((each) => each.number === number);
    const tally = piece === undefined ? null : tallyOf(piece.breakdown, period);
    const fault =
      piece === undefined
        ? 'is missing'
        : piece.version !== version
          ? `is of version ${piece.version}, not ${version}`
          : tally === null
            ? 'cannot be read'
            : null;
    if (fault !== null) yield `summary ${_id}: piece ${number} of ${count} ${fault}`;
    if (fault !== null || tally === null) isWhole = false;
    else mergePeriod(sum, tally);
  }
  return isWhole ? sum : null;
}

/** Yields the pieces that no summary counts as its own. */
export function* strayPieces(stored: {
  byPeriod: ReadonlyMap<string, readonly Summary[]>;
  pieces: ReadonlyMap<string, readonly SummaryPiece[]>;
}): Generator<string> {
  const counts = new Map<string, number>();
  for (const summaries of stored.byPeriod.values()) {
    for (const { _id, pieces = 0 } of summaries) counts.set(_id, pieces);
  }
  for (const [summary, pieces] of stored.pieces) {
    for (const { _id, number } of pieces) {
      if (number > (counts.get(summary) ?? 0)) yield `summary piece ${_id}: belongs to no summary`;
    }
  }
}

function tallyOf(text: string, period: string): PeriodTally | null {
  try {
    return decodeDelta(text).get(period) ?? null;
  } catch {
    return null;
  }
}
