import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { coverRange, periodsOf } from '../../src/invoice/index.js';

const DAY_MS = 86_400_000;
const iso = (time: number) => new Date(time).toISOString().slice(0, 10);
const day = fc
  .integer({ min: Date.UTC(2010, 10, 1) / DAY_MS, max: Date.UTC(2013, 1, 28) / DAY_MS })
  .map((n) => iso(n * DAY_MS));

function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to); time += DAY_MS) days.push(iso(time));
  return days;
}

function daysOf(period: string): string[] {
  if (period.length === 10) return [period];
  const first = Date.parse(`${period}-01`);
  return daysBetween(iso(first), iso(first + 31 * DAY_MS)).filter((each) => each.startsWith(period));
}

describe('periods', () => {
  it('of a day are the day, its month and all', () => {
    expect(periodsOf('2010-12-01')).toEqual(['2010-12-01', '2010-12', 'all']);
  });

  it('cover a range with months and the days at its edges', () => {
    expect(coverRange('2010-12-30', '2011-02-02', null)).toEqual([
      ...['2010-12-30', '2010-12-31', '2011-01', '2011-02-01', '2011-02-02'],
    ]);
    expect(coverRange('2012-02-01', '2012-02-29', null)).toEqual(['2012-02']);
    expect(coverRange('2011-03-04', '2011-03-04', null)).toEqual(['2011-03-04']);
  });

  it('are one without bounds, and none for an empty range or an empty store', () => {
    expect(coverRange(null, null, null)).toEqual(['all']);
    expect(coverRange('2011-02-02', '2011-02-01', null)).toEqual([]);
    expect(coverRange('2011-03-01', '2011-02-28', { first: '2011-01-01', last: '2011-12-31' })).toEqual([]);
    expect(coverRange('2011-02-02', null, null)).toEqual([]);
    expect(coverRange('2014-01-01', null, { first: '2011-01-01', last: '2011-12-31' })).toEqual([]);
  });

  it('stay few for a range that is much longer than what is stored', () => {
    const known = { first: '2010-12-01', last: '2011-08-17' };
    expect(coverRange('0001-01-01', '9999-12-31', known)).toHaveLength(9);
    expect(coverRange('2010-12-02', null, known)).toHaveLength(30 + 8);
  });

  it('end with the calendar', () => {
    expect(coverRange('9999-11-30', '9999-12-31', null)).toEqual(['9999-11-30', '9999-12']);
    expect(coverRange('0001-01-01', '0001-02-28', null)).toEqual(['0001-01', '0001-02']);
  });

  it('hold each known day of the range once, no other known day, and no month in single days', () => {
    const bound = fc.option(day);
    const known = fc.tuple(day, day).map(([a, b]) => (a < b ? { first: a, last: b } : { first: b, last: a }));
    fc.assert(
      fc.property(bound, bound, fc.option(known), (from, to, span) => {
        fc.pre(from !== null || to !== null);
        fc.pre(span !== null || (from !== null && to !== null));
        const first = span?.first ?? from ?? '';
        const last = span?.last ?? to ?? '';
        const periods = coverRange(from, to, span);
        const covered = periods.flatMap(daysOf);
        const wanted = daysBetween(first, last).filter((each) => each >= (from ?? '') && each <= (to ?? '9'));
        expect(covered.filter((each) => each >= first && each <= last)).toEqual(wanted);
        expect(new Set(covered).size).toBe(covered.length);
        expect(covered.every((each) => each >= (from ?? '') && each <= (to ?? '9'))).toBe(true);
        const single = periods.filter((period) => period.length === 10);
        for (const month of new Set(single.map((each) => each.slice(0, 7)))) {
          expect(single.filter((each) => each.startsWith(month)).length).toBeLessThan(daysOf(month).length);
        }
      }),
      { numRuns: 500 },
    );
  });
});
