import { randomFrom } from '../bench/statistics.mjs';

/** Numbers that follow from the seed. Each part of a run has its own, so that one does not move the others. */
export function dice(seed, salt) {
  let state = seed >>> 0;
  for (const letter of salt) state = (Math.imul(state, 31) + letter.charCodeAt(0)) >>> 0;
  const random = randomFrom(state);
  const below = (count) => Math.floor(random() * count);
  return {
    below,
    between: (min, max) => min + below(max - min + 1),
    chance: (share) => random() < share,
    pick: (list) => list[below(list.length)],
    /** A new array in another order. */
    shuffled(list) {
      const left = [...list];
      return list.map(() => left.splice(below(left.length), 1)[0]);
    },
  };
}
