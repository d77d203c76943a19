import { expect, it, jest } from '@jest/globals';
import type { Assignment, MicroBatch } from '../../src/buffer/index.js';
import { PartitionProcessor } from '../../src/processing/partition-processor.js';
import type { SegmentProcessor } from '../../src/processing/segment-processor.js';
import type { TakeOver } from '../../src/processing/take-over.js';
import type { Tracing } from '../../src/tracing/tracing.js';

it('what an assignment before left behind is released, except for a partition that is still in a batch', async () => {
  const released: number[] = [];
  let finishLook: () => void = () => undefined;
  const look = new Promise<void>((resolve) => (finishLook = resolve));
  const takeOver = {
    take: ({ assignment }: MicroBatch) => Promise.resolve({ assignment, next: 10, storeOffset: 10, outputOffset: 10 }),
    release: (partition: number) => Promise.resolve(void released.push(partition)),
    logRange: () => look.then(() => ({ start: 0, end: 10 })),
  };
  const processor = new PartitionProcessor(
    takeOver as unknown as TakeOver,
    { process: jest.fn() } as unknown as SegmentProcessor,
    {} as Tracing,
  );
  const [before, after] = [{ generation: 1 }, { generation: 2 }];
  for (const partition of [0, 1, 2]) await processor.process(empty(partition, before));

  // Beyond what is processed: it asks for the log, and that takes its time.
  const slow = processor.process({ ...empty(2, before), fromOffset: 20, nextOffset: 30 });
  await processor.process(empty(0, after));
  // Its own is closed by whoever takes it over.
  expect(released).toEqual([1]);
  finishLook();
  await slow;
  await processor.process(empty(3, { generation: 3 }));
  expect(released.sort()).toEqual([0, 1, 2]);
});

function empty(partition: number, assignment: Assignment): MicroBatch {
  const range = { fromOffset: 0, nextOffset: 0 };
  return { topic: 't', partition, records: [], ...range, assignment };
}
