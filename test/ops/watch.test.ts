import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ConsumerStatus } from '../../src/buffer/index.js';
import { ConsumerWatch } from '../../src/ops/consumer-watch.js';
import { LastKnown } from '../../src/ops/last-known.js';
import { partitionPositions, type PartitionPosition } from '../../src/ops/positions.js';
import { Throughput } from '../../src/ops/throughput.js';

const status = (over: Partial<ConsumerStatus> = {}): ConsumerStatus => ({
  state: 'running',
  assigned: [0, 1],
  stopped: new Map(),
  waiting: new Map(),
  ...over,
});

const at = (partition: number, endOffset: number, position: number, batches = 0): PartitionPosition => ({
  ...{ partition, endOffset, storeOffset: position, outputOffset: position, batches },
  lag: endOffset - position,
});

describe('positions of a partition', () => {
  const ranges = [{ partition: 0, start: 5, end: 20 }];
  const store = (nextOffset: number) => new Map([[0, { nextOffset, batchNumber: 3, deltaCount: 0, deltaCells: 0 }]]);

  it('count lag from the older of the two, and from the start of the log where there is none', () => {
    const lagOf = (committed: [number, number][], stored: ReturnType<typeof store>) =>
      partitionPositions({ ranges, committed: new Map(committed) }, stored)[0]?.lag;
    expect(lagOf([[0, 12]], store(18))).toBe(8);
    expect(lagOf([[0, 18]], store(12))).toBe(8);
    expect(lagOf([], store(20))).toBe(15);
    expect(lagOf([], new Map())).toBe(15);
    expect(lagOf([[0, 25]], store(25))).toBe(0);
  });

  it('leave open what was never known', () => {
    expect(partitionPositions(null, null)).toEqual([]);
    expect(partitionPositions({ ranges, committed: new Map() }, null)[0]).toMatchObject({
      storeOffset: null,
      lag: null,
    });
  });
});

describe('the consumer, watched from outside', () => {
  const STUCK_MS = 30_000;

  it('is sound while it runs, moves, or has nothing to do', () => {
    const watch = new ConsumerWatch(STUCK_MS);
    for (let nowMs = 0; nowMs <= 100_000; nowMs += 5_000) {
      watch.observe(status(), [at(0, 1_000 + nowMs, nowMs), at(1, 7, 7)], nowMs);
      expect(watch.fault(status(), nowMs)).toBeNull();
    }
  });

  it.each(['starting', 'crashed', 'stopped'] as const)('is not sound while it is %s', (state) => {
    expect(new ConsumerWatch(STUCK_MS).fault(status({ state }), 0)).toBe(`the consumer is ${state}`);
  });

  it('is not sound with a stopped partition', () => {
    const stopped = new Map([[1, 'a gap']]);
    expect(new ConsumerWatch(STUCK_MS).fault(status({ stopped }), 0)).toBe('partition 1 has stopped');
  });

  it('may wait for a moment for a dependency, not for long', () => {
    const watch = new ConsumerWatch(STUCK_MS);
    const waiting = status({ waiting: new Map([[0, 'the store is down']]) });
    watch.observe(waiting, null, 0);
    expect(watch.fault(waiting, 4_000)).toBeNull();
    expect(watch.fault(waiting, 6_000)).toBe('partition 0 waits for an engine');
    watch.observe(status(), null, 7_000);
    watch.observe(waiting, null, 8_000);
    expect(watch.fault(waiting, 9_000)).toBeNull();
  });

  it('is stuck when one of its partitions has records and stands still, although others move', () => {
    const watch = new ConsumerWatch(STUCK_MS);
    for (let nowMs = 0; nowMs <= 35_000; nowMs += 5_000)
      watch.observe(status(), [at(0, 9, 4), at(1, 99, nowMs / 1e3)], nowMs);
    expect(watch.fault(status(), 29_000)).toBeNull();
    expect(watch.fault(status(), 35_000)).toBe('partition 0 has records and has not moved for 35 s');
  });

  it('is not stuck when the first record comes after a long silence', () => {
    const watch = new ConsumerWatch(STUCK_MS);
    watch.observe(status(), [at(0, 4, 4)], 0);
    watch.observe(status(), [at(0, 5, 4)], 500_000);
    expect(watch.fault(status(), 500_001)).toBeNull();
  });

  it('does not answer for partitions of others', () => {
    const watch = new ConsumerWatch(STUCK_MS);
    for (const nowMs of [0, 50_000]) watch.observe(status({ assigned: [1] }), [at(0, 9, 4), at(1, 7, 7)], nowMs);
    expect(watch.fault(status({ assigned: [1] }), 60_000)).toBeNull();
  });

  it('starts anew with the time of a partition that comes back', () => {
    const watch = new ConsumerWatch(STUCK_MS);
    watch.observe(status(), [at(0, 9, 4)], 0);
    watch.observe(status({ assigned: [] }), [at(0, 9, 4)], 20_000);
    watch.observe(status(), [at(0, 9, 4)], 25_000);
    expect(watch.fault(status(), 40_000)).toBeNull();
  });
});

describe('rates', () => {
  it('are differences over the last ten seconds, by partition', () => {
    const throughput = new Throughput();
    expect(throughput.rates(0)).toEqual({ eventsInPerSecond: 0, eventsOutPerSecond: 0, batchesPerSecond: 0 });
    for (let second = 0; second <= 30; second++) {
      throughput.add([at(0, second * 100, second * 80, second), at(1, 50, 50, 2)], second * 1_000);
    }
    expect(throughput.rates(30_000)).toEqual({ eventsInPerSecond: 100, eventsOutPerSecond: 80, batchesPerSecond: 1 });
  });

  it('fade when nothing is seen any more, and never fall below zero', () => {
    const throughput = new Throughput();
    throughput.add([at(0, 0, 0)], 0);
    throughput.add([at(0, 1_000, 1_000)], 1_000);
    expect(throughput.rates(1_000).eventsInPerSecond).toBe(1_000);
    expect(throughput.rates(5_000).eventsInPerSecond).toBe(200);
    const fallen = new Throughput();
    fallen.add([at(0, 1_000, 1_000)], 0);
    fallen.add([at(0, 10, 10)], 6_000);
    expect(fallen.rates(6_000).eventsInPerSecond).toBe(0);
  });

  it('keep a bounded past', () => {
    const throughput = new Throughput();
    for (let n = 0; n < 100_000; n++) throughput.add([at(0, n, n)], n);
    expect(throughput.rates(100_000).eventsInPerSecond).toBeGreaterThan(0);
  });
});

describe('what was last known', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is read after it was asked for, once for all who ask meanwhile', async () => {
    let reads = 0;
    const known = new LastKnown(() => new Promise<number>((resolve) => setTimeout(resolve, 20, ++reads)), 'silent');
    const first = known.fresh(1_000);
    const later = [known.fresh(1_000), known.fresh(1_000), known.fresh(1_000)];
    await jest.advanceTimersByTimeAsync(2 * 20);
    expect(await first).toEqual({ value: 1, error: null });
    for (const answer of await Promise.all(later)) expect(answer).toEqual({ value: 2, error: null });
    expect(reads).toBe(2);
  });

  it('comes with the error and the last value after a failure, and without once it works again', async () => {
    const read = jest.fn<() => Promise<string>>();
    const known = new LastKnown(read, 'it does not answer');
    read.mockResolvedValueOnce('value').mockRejectedValueOnce(new Error('secret')).mockResolvedValueOnce('next');
    expect(await known.fresh(100)).toEqual({ value: 'value', error: null });
    expect(await known.fresh(100)).toEqual({ value: 'value', error: 'it does not answer' });
    expect(await known.fresh(100)).toEqual({ value: 'next', error: null });
  });

  it('comes within the deadline while the reading hangs, soon when it has hung for long, and starts no other', async () => {
    let reads = 0;
    const known = new LastKnown(() => {
      reads++;
      return new Promise<string>(() => undefined);
    }, 'it does not answer');
    for (const withinMs of [1_000, 250]) {
      const late = new Promise((resolve) => setTimeout(resolve, withinMs + 1, 'late'));
      const answer = Promise.race([known.fresh(1_000), late]);
      await jest.advanceTimersByTimeAsync(withinMs + 1);
      expect(await answer).toEqual({ value: null, error: 'it does not answer' });
    }
    expect(reads).toBe(1);
  });
});
