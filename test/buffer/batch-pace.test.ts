import { describe, expect, it } from '@jest/globals';
import { BatchPace, MICRO_BATCH_RECORDS_MIN } from '../../src/buffer/batch-pace.js';

const RECORDS_MAX = 8_000;

/** Lets batches of what may be taken meet a sink that takes so many records in time; the sizes, and which failed. */
function meet(pace: BatchPace, takes: number, attempts: number) {
  return Array.from({ length: attempts }, () => {
    const records = pace.limitOf(0);
    const isTaken = records <= takes;
    if (isTaken) pace.succeeded(0, records);
    else pace.failed(0, records);
    return { records, isTaken };
  });
}

describe('the pace of micro-batches', () => {
  it.each([60, 300, 1_000, 5_000])(
    'finds what a sink takes that takes %i records in time, and rarely more',
    (takes) => {
      const pace = new BatchPace(RECORDS_MAX);
      meet(pace, takes, 20);
      const met = meet(pace, takes, 200);
      const taken = met.filter(({ isTaken }) => isTaken);
      expect((met.length - taken.length) / met.length).toBeLessThan(0.2);
      const mean = taken.reduce((sum, { records }) => sum + records, 0) / taken.length;
      expect(mean).toBeGreaterThan(0.6 * takes);
    },
  );

  it('comes back from an outage by doubling', () => {
    const pace = new BatchPace(RECORDS_MAX);
    meet(pace, 0, 30);
    expect(pace.limitOf(0)).toBe(MICRO_BATCH_RECORDS_MIN);
    const sizes = meet(pace, Infinity, 20).map(({ records }) => records);
    expect(sizes.slice(0, 4)).toEqual([25, 50, 100, 200]);
    expect(sizes.at(-1)).toBe(RECORDS_MAX);
  });

  it('takes a batch of nothing, as a new assignment begins with, for neither', () => {
    const pace = new BatchPace(RECORDS_MAX);
    pace.failed(0, 8_000);
    pace.succeeded(0, 0);
    pace.failed(0, 4_000);
    expect(pace.limitOf(0)).toBe(2_000);
    // Of what failed in a row the first size counts: up to its half sizes are doubled.
    pace.succeeded(0, 2_000);
    expect(pace.limitOf(0)).toBe(4_000);
  });

  it('does not take the success of a small batch for that of a large one', () => {
    const pace = new BatchPace(RECORDS_MAX);
    pace.failed(0, 1_000);
    pace.succeeded(0, 3);
    expect(pace.limitOf(0)).toBe(500);
    expect(pace.limitOf(1)).toBe(RECORDS_MAX);
  });
});
