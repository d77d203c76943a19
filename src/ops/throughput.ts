import type { PartitionPosition } from './positions.js';

/** Of the last ten seconds. */
export interface Rates {
  eventsInPerSecond: number;
  eventsOutPerSecond: number;
  batchesPerSecond: number;
}

const WINDOW_MS = 10_000;
const SAMPLES_MAX = 200;

interface Sample {
  atMs: number;
  partitions: ReadonlyMap<number, Counts>;
}

interface Counts {
  in: number;
  out: number;
  batches: number;
}

/** Rates from positions seen at different times: they count what all instances together did. */
export class Throughput {
  private samples: Sample[] = [];

  add(positions: readonly PartitionPosition[], atMs: number): void {
    const counts = positions.map(({ partition, endOffset, lag, batches }): [number, Counts] => [
      partition,
      { in: endOffset, out: endOffset - (lag ?? 0), batches },
    ]);
    this.samples.push({ atMs, partitions: new Map(counts) });
    // The one that begins the window is kept, whatever its age.
    const first = this.samples.findLastIndex((sample) => sample.atMs <= atMs - WINDOW_MS);
    this.samples = this.samples.slice(Math.max(first, this.samples.length - SAMPLES_MAX, 0));
  }

  /** Zero while there is nothing to compare with. */
  rates(nowMs: number): Rates {
    const newest = this.samples.at(-1);
    const base = this.samples.findLast(({ atMs }) => atMs <= nowMs - WINDOW_MS) ?? this.samples[0];
    if (newest === undefined || base === undefined || newest === base)
      return perSecond({ in: 0, out: 0, batches: 0 }, 1);
    const sum: Counts = { in: 0, out: 0, batches: 0 };
    for (const [partition, now] of newest.partitions) {
      const before = base.partitions.get(partition);
      if (before === undefined) continue;
      sum.in += Math.max(0, now.in - before.in);
      sum.out += Math.max(0, now.out - before.out);
      sum.batches += Math.max(0, now.batches - before.batches);
    }
    return perSecond(sum, Math.max(0.001, (nowMs - base.atMs) / 1_000));
  }
}

function perSecond(sum: Counts, seconds: number): Rates {
  const rate = (count: number) => Math.round((count / seconds) * 10) / 10;
  return { eventsInPerSecond: rate(sum.in), eventsOutPerSecond: rate(sum.out), batchesPerSecond: rate(sum.batches) };
}
