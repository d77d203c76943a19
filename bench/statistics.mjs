/** The value below which `share` (0 to 1) of the values lie, by the nearest rank. NaN for none. */
export function percentile(values, share) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

/** The middle value, or the mean of the two in the middle. NaN for none. */
export function median(values) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What a distribution of milliseconds looks like. */
export function spread(values) {
  const at = (share) => rounded(percentile(values, share));
  return { samples: values.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** Four significant digits: more would claim a precision that no run has. */
export function rounded(value) {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}

/** A repeatable sequence of numbers from 0 to 1 (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
