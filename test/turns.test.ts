import { describe, expect, it } from '@jest/globals';
import { Turns } from '../src/turns.js';

function work(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

/** How often something else got to run while eight steps of so many milliseconds were made. */
async function othersDuring(stepMs: number): Promise<number> {
  let others = 0;
  let isOver = false;
  const other = () => {
    if (isOver) return;
    others++;
    setImmediate(other);
  };
  setImmediate(other);
  const turns = new Turns();
  for (let step = 0; step < 8; step++) {
    await turns.pass();
    work(stepMs);
  }
  isOver = true;
  return others;
}

describe('long work in turns', () => {
  it('lets others run about every ten milliseconds', async () => {
    expect(await othersDuring(12)).toBeGreaterThanOrEqual(7);
  });

  it('goes on at once while it is short', async () => {
    const tries: number[] = [];
    // A machine that stalls for ten milliseconds makes any work long, but not every time.
    while (tries.length < 10) tries.push(await othersDuring(0));
    expect(Math.min(...tries)).toBe(0);
  });
});
