import { periodsOf, type PeriodTally, type SummaryDelta } from '../invoice/index.js';

/** Days whose breakdowns are read and written together. */
const DAYS_AT_ONCE = 16;

/** What a delta adds to every period that it touches, in its order. */
export function byPeriod(delta: SummaryDelta): Map<string, PeriodTally[]> {
  const periods = new Map<string, PeriodTally[]>();
  for (const [day, tally] of delta) {
    for (const period of periodsOf(day)) {
      const tallies = periods.get(period);
      if (tallies === undefined) periods.set(period, [tally]);
      else tallies.push(tally);
    }
  }
  return periods;
}

/** Months and `all`, which are large, by themselves; days, of which there may be thousands, some together. */
export function* groupsOf(periods: readonly string[]): Generator<string[]> {
  const isDay = (period: string) => period.length === 'YYYY-MM-DD'.length;
  const days = periods.filter(isDay);
  for (let at = 0; at < days.length; at += DAYS_AT_ONCE) yield days.slice(at, at + DAYS_AT_ONCE);
  for (const period of periods) if (!isDay(period)) yield [period];
}
