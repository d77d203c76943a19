import { Logger } from '@nestjs/common';
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

it('a partition that stops is put on record, and stops all the same where that is not possible', async () => {
  const stop = jest.fn<TakeOver['stop']>().mockRejectedValue(new Error('the store is away'));
  const takeOver = { take: () => Promise.resolve({ reason: 'records 3 to 4 are gone' }), stop };
  const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const processor = new PartitionProcessor(takeOver as unknown as TakeOver, {} as SegmentProcessor, {} as Tracing);
  expect(await processor.process(empty(1, { generation: 1 }))).toEqual({
    kind: 'stop',
    reason: 'records 3 to 4 are gone',
  });
  expect(stop).toHaveBeenCalledWith(1, 'records 3 to 4 are gone');
  expect(warned).toHaveBeenCalledWith(expect.stringMatching(/partition 1 .* this instance alone: the store is away/));
  warned.mockRestore();
});

function empty(partition: number, assignment: Assignment): MicroBatch {
  const range = { fromOffset: 0, nextOffset: 0 };
  return { topic: 't', partition, records: [], ...range, assignment };
}
