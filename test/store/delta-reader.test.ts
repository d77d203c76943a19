import { describe, expect, it } from '@jest/globals';
import { type Model, Types } from 'mongoose';
import { emptyPeriod, encodeDelta } from '../../src/invoice/index.js';
import type { Checkpoint } from '../../src/store/checkpoint.schema.js';
import { DeltaReader } from '../../src/store/delta.reader.js';
import { PeriodTexts } from '../../src/store/period-texts.js';
import type { SummaryDocuments } from '../../src/store/summary-documents.js';
import type { Head } from '../../src/store/summary-parts.js';
import type { SummaryDeltaRecord } from '../../src/store/summary.schema.js';

interface Stored {
  _id: string;
  stamp: Types.ObjectId;
  delta: string;
}

/** Deltas as documents. Their texts come when the test lets them come; what is there is told at once. */
function storeOfDeltas() {
  const stored: Stored[] = [];
  const held: (() => void)[] = [];
  let isHolding = false;
  const find = ({ _id }: { _id?: { $in: string[] } }) => ({
    toArray: async () => {
      if (_id === undefined) return [...stored];
      const found = stored.filter((each) => _id.$in.includes(each._id));
      if (isHolding) await new Promise<void>((resume) => held.push(resume));
      return found;
    },
  });
  const checkpoints = { collection: { find: () => ({ toArray: () => Promise.resolve([]) }) } };
  return {
    reader: new DeltaReader(
      checkpoints as unknown as Model<Checkpoint>,
      { collection: { find } } as unknown as Model<SummaryDeltaRecord>,
    ),
    add: (day: string) => {
      const delta = encodeDelta(new Map([[day, { ...emptyPeriod(), lines: 1 }]]));
      stored.push({ _id: day, stamp: new Types.ObjectId(), delta });
    },
    hold: () => (isHolding = true),
    pass: () => (isHolding = false),
    held,
  };
}

const NONE = { mark: '', small: [], nextOffsets: new Map<string, number>(), records: 0 };
const soon = () => new Promise((resume) => setTimeout(resume, 10));
const daysOf = (waiting: Awaited<ReturnType<DeltaReader['read']>>) =>
  waiting.flatMap(({ delta }) => [...delta.keys()]).sort();

describe('the deltas that wait', () => {
  it('come in the same order while nothing is stored, those of the last read after those that were kept', async () => {
    const { reader, add } = storeOfDeltas();
    add('2010-12-01');
    await reader.read(NONE);
    add('2010-12-02');
    const first = await reader.read(NONE);

    expect(await reader.read(NONE)).toEqual(first);
  });

  it('are all told to each of several readers, in whatever order their reads end', async () => {
    const { reader, add, hold, pass, held } = storeOfDeltas();
    add('2010-12-01');
    hold();
    const early = reader.read(NONE);
    await soon();
    add('2010-12-02');
    pass();
    expect(daysOf(await reader.read(NONE))).toEqual(['2010-12-01', '2010-12-02']);
    add('2010-12-03');
    hold();
    const late = reader.read(NONE);
    await soon();
    expect(held).toHaveLength(2);
    held[0]?.();
    expect(daysOf(await early)).toEqual(['2010-12-01']);
    held[1]?.();
    expect(daysOf(await late)).toEqual(['2010-12-01', '2010-12-02', '2010-12-03']);
  });
});

describe('how far the partitions have come', () => {
  const at = new Date('2026-11-29T00:00:00Z');
  const delta = encodeDelta(new Map([['2010-12-01', { ...emptyPeriod(), lines: 1 }]]));
  const one = { _id: 't:0', batchNumber: 3, nextOffset: 40, at, delta, stamp: new Types.ObjectId() };
  // As it was written before checkpoints had deltas.
  const old = { _id: 't:1', batchNumber: 1, nextOffset: 5, at };
  const readerOf = (checkpoints: object[], waiting: object[] = []) => {
    const collection = (documents: object[]) => ({
      find: ({ _id }: { _id?: { $in: string[] } }) => {
        const found = documents.filter((each) => _id === undefined || _id.$in.includes((each as Stored)._id));
        return { toArray: () => Promise.resolve(found) };
      },
    });
    return new DeltaReader(
      { collection: collection(checkpoints) } as unknown as Model<Checkpoint>,
      { collection: collection(waiting) } as unknown as Model<SummaryDeltaRecord>,
    );
  };

  it('has another mark after each micro-batch, and the deltas of those checkpoints that have one', async () => {
    const { mark, small } = await readerOf([one, old]).positions();
    expect(small).toEqual([{ _id: one._id, stamp: one.stamp, delta }]);
    expect((await readerOf([old, one]).positions()).mark).toBe(mark);
    const moved = [{ batchNumber: 4 }, { nextOffset: 41 }, { at: new Date(at.getTime() + 1) }];
    for (const change of moved) expect((await readerOf([{ ...one, ...change }, old]).positions()).mark).not.toBe(mark);
  });

  it('leaves out what was stored apart since they were read', async () => {
    const apart = [38, 40, 41].map((offset) => ({ _id: `t:0:${offset}`, stamp: new Types.ObjectId(), delta }));
    const reader = readerOf([one, old], apart);
    const waiting = await reader.read(await reader.positions());
    expect(waiting.map(({ stamp }) => stamp).sort()).toEqual([String(one.stamp), String(apart[0]?.stamp)].sort());
  });
});

it('a summary that is not the one of its head is not taken for it', async () => {
  const documents = (versions: number[]) =>
    ({
      async *readTexts(ids: readonly string[]) {
        await Promise.resolve();
        for (const [index, _id] of ids.entries()) {
          const version = versions[index];
          if (version !== undefined) yield { _id, version, texts: ['[]'] };
        }
      },
    }) as unknown as SummaryDocuments;
  const heads = [{ _id: '2010-12/0', period: '2010-12', version: 7 } as Head];
  const read = (versions: number[]) => new PeriodTexts(documents(versions)).read(heads, new Set(['2010-12']));
  expect(await read([7])).toEqual([{ period: '2010-12', pieces: ['[]'] }]);
  await expect(read([8])).rejects.toThrow('is not the one that was asked for');
  await expect(read([])).rejects.toThrow('is not the one that was asked for');
});
