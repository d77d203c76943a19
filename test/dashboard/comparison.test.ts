import { describe, expect, it } from '@jest/globals';
import { periodBefore, tilesOf } from '../../src/dashboard/pages/comparison.js';
import { emptyPeriod, type PeriodTally } from '../../src/invoice/index.js';
import type { SummaryReading } from '../../src/store/index.js';

const reading = (sum: Partial<PeriodTally>): SummaryReading => ({
  days: [],
  sum: { ...emptyPeriod(), ...sum },
  oldestDay: '2026-01-01',
  newestDay: '2026-03-31',
});

describe('the period before a range', () => {
  it.each([
    [
      { from: '2026-03-01', to: '2026-03-31' },
      { from: '2026-01-29', to: '2026-02-28' },
    ],
    [
      { from: '2026-03-31', to: '2026-03-31' },
      { from: '2026-03-30', to: '2026-03-30' },
    ],
    [
      { from: '2026-03-25', to: null },
      { from: '2026-03-18', to: '2026-03-24' },
    ],
  ])('of %j is as long and ends right before it: %j', (range, before) => {
    expect(periodBefore(range, reading({}))).toEqual(before);
  });

  it.each([
    ['all time', { from: null, to: null }],
    ['what has no beginning', { from: null, to: '2026-02-01' }],
    ['what would begin before the oldest stored day', { from: '2026-01-20', to: '2026-02-28' }],
    ['a beginning after the newest day', { from: '2026-05-01', to: null }],
  ])('is not there for %s', (_name, range) => {
    expect(periodBefore(range, reading({}))).toBeNull();
  });
});

describe('the figures', () => {
  it('tell their change, and whether it is a good one', () => {
    const now = reading({ revenue: 1_500_000n, invoices: 20, cancellations: 1, lines: 90, customers: new Map() });
    const then = reading({ revenue: 1_000_000n, invoices: 40, cancellations: 1, lines: 90, customers: new Map() });
    expect(tilesOf(now, then, '150.00').map(({ label, change }) => ({ label, change }))).toEqual([
      { label: 'Revenue', change: { text: '50.0%', direction: 'up', isGood: true } },
      { label: 'Invoices', change: { text: '50.0%', direction: 'down', isGood: false } },
      { label: 'Customers', change: null },
      { label: 'Lines', change: { text: '0%', direction: 'same', isGood: true } },
      { label: 'Cancellations', change: { text: '2.5 points', direction: 'up', isGood: false } },
    ]);
  });

  it('show a share of cancellations where there are invoices', () => {
    const cancelled = (sum: Partial<PeriodTally>) => tilesOf(reading(sum), null, '0.00').at(-1);
    expect(cancelled({ invoices: 8, cancellations: 1 })).toMatchObject({ value: '12.5%', change: null });
    expect(cancelled({})).toMatchObject({ value: '–', note: '0 of 0 invoices' });
  });
});
