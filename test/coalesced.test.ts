import { expect, it } from '@jest/globals';
import { Coalesced } from '../src/coalesced.js';

it('asks no second question beside one, however closely an asker follows upon an end', async () => {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const question = new Coalesced(async () => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
  });
  // It asks again in the very turn in which it hears of the end, before the one that waits has begun.
  const first = question.ask().then(() => question.ask());
  const second = question.ask();
  for (let n = 0; n < 6; n++) {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all([first, second]);
  expect(most).toBe(1);
});
