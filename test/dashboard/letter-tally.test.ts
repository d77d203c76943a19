import { describe, expect, it } from '@jest/globals';
import { tallyLetters } from '../../src/dashboard/pages/letter-tally.js';

const hrefOf = (reason: string) => `?reason=${reason}`;
const groups = [
  { reason: 'not-json', day: '2026-11-24', count: 2 },
  { reason: 'invalid-item', day: '2026-11-24', count: 5 },
  { reason: 'invalid-item', day: '2026-11-21', count: 3 },
  { reason: 'invalid-item', day: '2026-09-01', count: 4 },
];

describe('the tally of dead letters', () => {
  const { total, reasons, days, chart } = tallyLetters(groups, 'not-json', hrefOf);

  it('counts by reason, most first, and by day, newest first', () => {
    expect(total).toBe(14);
    expect(reasons.map(({ reason, count, isCurrent }) => ({ reason, count, isCurrent }))).toEqual([
      { reason: 'invalid-item', count: 12, isCurrent: false },
      { reason: 'not-json', count: 2, isCurrent: true },
    ]);
    expect(days).toEqual([
      { day: '2026-11-24', counts: [5, 2], total: 7 },
      { day: '2026-11-21', counts: [3, 0], total: 3 },
      { day: '2026-09-01', counts: [4, 0], total: 4 },
    ]);
  });

  it('draws the newest month, each day in its place, and the parts of a bar on top of each other', () => {
    expect(chart).toMatchObject({ width: 14, height: 100, labels: ['11 Nov 2026', '24 Nov 2026'] });
    expect(chart?.bars.map(({ place, title }) => ({ place, title }))).toEqual([
      { place: 10, title: '21 Nov 2026: 3 (Invalid item 3)' },
      { place: 13, title: '24 Nov 2026: 7 (Invalid item 5, Not JSON 2)' },
    ]);
    const [, newest] = chart?.bars ?? [];
    const perLetter = 100 / 8;
    expect(newest?.parts).toEqual([
      { y: 100 - 5 * perLetter, height: 5 * perLetter, series: 0 },
      { y: 100 - 7 * perLetter, height: 2 * perLetter, series: 1 },
    ]);
    expect(chart?.ticks.map(({ label }) => label)).toEqual(['8', '6', '4', '2', '0']);
  });

  it('draws nothing where there is nothing', () => {
    expect(tallyLetters([], null, hrefOf)).toEqual({ total: 0, reasons: [], days: [], chart: null });
  });
});
