import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

interface Statistics {
  median(values: number[]): number;
  percentile(values: number[], share: number): number;
}
interface Profile {
  treeOf(
    profile: object,
    window: { fromMs: number; toMs: number },
  ): { root: { wholeMs: number }; totalMs: number; idleMs: number };
}

const load = async <T>(name: string): Promise<T> =>
  (await import(pathToFileURL(join(import.meta.dirname, '..', '..', 'bench', name)).href)) as T;
const { median, percentile } = await load<Statistics>('statistics.mjs');
const { treeOf } = await load<Profile>('profile.mjs');
const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), { minLength: 1 });

describe('the statistics of the benchmark', () => {
  it('have as many values above the median as below it', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        return below <= values.length / 2 && above <= values.length / 2;
      }),
    );
  });

  it('take a percentile by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([0.01, 0.5, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([1, 50, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('count in a profile what was sampled while the clock ran, and idleness apart', () => {
    const frame = (functionName: string) => ({ functionName, url: '', lineNumber: 0 });
    const nodes = [
      { id: 1, callFrame: frame('(root)'), children: [2, 3] },
      { id: 2, callFrame: frame('work') },
      { id: 3, callFrame: frame('(idle)') },
    ];
    const profile = { nodes, samples: [2, 2, 3, 2, 2], timeDeltas: [1000, 1000, 1000, 1000, 1000] };
    const { root, totalMs, idleMs } = treeOf(profile, { fromMs: 1.5, toMs: 4.5 });
    expect({ wholeMs: root.wholeMs, totalMs, idleMs }).toEqual({ wholeMs: 2, totalMs: 2, idleMs: 1 });
  });
});
