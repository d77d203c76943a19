import { scaleLinear } from 'd3-scale';

/** Round values for a chart's axis, zero among them, at equal distances from the highest to the lowest. */
export interface Axis {
  min: number;
  max: number;
  /** Highest first. */
  ticks: number[];
  /** Where a value lies, from the top, in a plot of the height that was asked for. */
  place(value: number): number;
}

const TICKS = 4;

/** An axis that holds all values, with about four steps of 1, 2 or 5 times a power of ten. */
export function axisOf(values: readonly number[], height: number, isWhole = false): Axis {
  let [lowest, highest] = [0, 0];
  for (const value of values) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  if (lowest === highest) highest = 1;
  const scale = scaleLinear([lowest, highest], [height, 0]).nice(TICKS);
  const [min = 0, max = 1] = scale.domain();
  const ticks = scale.ticks(TICKS).filter((tick) => !isWhole || Number.isInteger(tick));
  return { min, max, ticks: ticks.reverse(), place: (value) => round(scale(value)) };
}

/** A thousandth of a unit is less than a pixel. */
export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
