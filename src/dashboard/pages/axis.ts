/** Round values for a chart's axis, zero among them, at equal distances from the highest to the lowest. */
export interface Axis {
  min: number;
  max: number;
  /** Highest first. */
  ticks: number[];
}

/** An axis that holds all values, with about four steps of 1, 2 or 5 times a power of ten. */
export function axisOf(values: readonly number[]): Axis {
  let [lowest, highest] = [0, 0];
  for (const value of values) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  const step = stepFor((highest - lowest) / 4);
  const first = Math.floor(lowest / step);
  const last = Math.max(Math.ceil(highest / step), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, n) => (last - n) * step);
  return { min: first * step, max: last * step, ticks };
}

function stepFor(least: number): number {
  if (least <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least) ?? 10;
  return factor * power;
}
