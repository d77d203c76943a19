import { describe, expect, it } from '@jest/globals';
import { emptyPeriod } from '../../src/invoice/index.js';
import { ReadingCache } from '../../src/store/reading-cache.js';

describe('readings that are kept', () => {
  const reading = (customers: number) => {
    const sum = emptyPeriod();
    for (let id = 0; id < customers; id++)
      sum.customers.set(String(id), { revenue: 1n, lines: 1, units: 1, invoices: 1 });
    return { sum };
  };
  const kept = (sizes: readonly number[]) => {
    const cache = new ReadingCache();
    for (const [index, size] of sizes.entries()) cache.keep(String(index), reading(size));
    return sizes.flatMap((_, index) => (cache.get(String(index)) === undefined ? [] : [index]));
  };

  it('are the last sixteen of a small shop, and of a large one as many as fit, the newest in any case', () => {
    expect(kept(Array.from({ length: 20 }, () => 10))).toEqual([
      4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    expect(kept([100_000, 150_000, 100_000])).toEqual([1, 2]);
    expect(kept([10, 10, 400_000])).toEqual([2]);
    expect(kept([400_000, 10, 20])).toEqual([1, 2]);
  });
});
