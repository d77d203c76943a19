import { describe, expect, it } from '@jest/globals';
import { type Model, Types } from 'mongoose';
import { emptyPeriod, encodeDelta } from '../../src/invoice/index.js';
import type { Checkpoint } from '../../src/store/checkpoint.schema.js';
import { DeltaReader } from '../../src/store/delta.reader.js';
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

const NONE = { mark: '', small: [] };
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
