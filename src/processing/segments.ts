import type { MicroBatch } from '../buffer/index.js';

/** A part of a micro-batch that goes to the same sinks. */
export interface Segment {
  batch: MicroBatch;
  fromOffset: number;
  nextOffset: number;
  /** The store already holds what these records did. */
  storeHasIt: boolean;
  /** Kafka already holds what these records did. */
  outputHasIt: boolean;
}

/** Cuts a micro-batch at the two sinks' positions; what lies below both is left out. At most two segments remain. */
export function segmentsOf(batch: MicroBatch, storeOffset: number, outputOffset: number, from: number): Segment[] {
  const bounds = [storeOffset, outputOffset, batch.nextOffset]
    .filter((bound) => bound > from && bound <= batch.nextOffset)
    .sort((a, b) => a - b);
  const segments: Segment[] = [];
  let fromOffset = from;
  for (const nextOffset of new Set(bounds)) {
    const storeHasIt = nextOffset <= storeOffset;
    const outputHasIt = nextOffset <= outputOffset;
    if (!storeHasIt || !outputHasIt) {
      const start = fromOffset;
      const whole = start <= (batch.records[0]?.offset ?? start) && nextOffset === batch.nextOffset;
      const records = whole
        ? batch.records
        : batch.records.filter(({ offset }) => offset >= start && offset < nextOffset);
      segments.push({ batch: { ...batch, records, nextOffset }, fromOffset, nextOffset, storeHasIt, outputHasIt });
    }
    fromOffset = nextOffset;
  }
  return segments;
}
