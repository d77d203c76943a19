import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model, Types } from 'mongoose';
import { decodeDelta, type SummaryDelta } from '../invoice/index.js';
import { Turns } from '../turns.js';
import { Checkpoint } from './checkpoint.schema.js';
import { sessionOption } from './snapshot.js';
import { SummaryDeltaRecord } from './summary.schema.js';

/** A delta that waits for compaction. Callers must not change it. */
export interface WaitingDelta {
  /** No other delta has it, and this one as long as it waits. */
  stamp: string;
  /** It stands in a checkpoint, and another takes its place when the next micro-batch is small as well. */
  isPassing: boolean;
  delta: SummaryDelta;
}

interface Stamped {
  _id: string;
  stamp: Types.ObjectId;
}

/** How far the partitions have come. */
export interface Positions {
  /** Another one after each micro-batch, and never one of before again. */
  mark: string;
  /** The deltas that stand in checkpoints. */
  small: readonly (Stamped & { delta: string })[];
  /** By the id of the checkpoint, which deltas have as the beginning of theirs. */
  nextOffsets: ReadonlyMap<string, number>;
  /** Their sum: how many records the partitions have left behind since they began. */
  records: number;
}

/** What every checkpoint has. */
type Place = Pick<Checkpoint, '_id' | 'nextOffset'>;

/** Reads the deltas that wait for compaction, and keeps them decoded as long as they wait. */
@Injectable()
export class DeltaReader {
  private kept = new Map<string, WaitingDelta>();

  constructor(
    @InjectModel(Checkpoint.name) private readonly checkpoints: Model<Checkpoint>,
    @InjectModel(SummaryDeltaRecord.name) private readonly deltas: Model<SummaryDeltaRecord>,
  ) {}

  /** Whatever is stored moves a checkpoint in the same transaction. */
  async positions(session?: ClientSession): Promise<Positions> {
    const found = await this.checkpoints.collection
      .find<Partial<Checkpoint> & Place>({}, sessionOption(session))
      .toArray();
    const marks = found.map(({ _id, batchNumber, nextOffset, at }) =>
      [_id, batchNumber, nextOffset, at?.getTime()].join(),
    );
    // Older ones have no delta.
    const small = found.flatMap(({ _id, stamp, delta }) =>
      stamp && typeof delta === 'string' ? { _id, stamp, delta } : [],
    );
    const nextOffsets = new Map(found.map(({ _id, nextOffset }) => [_id, nextOffset]));
    const records = found.reduce((sum, { nextOffset }) => sum + nextOffset, 0);
    return { mark: marks.sort().join(' '), small, nextOffsets, records };
  }

  /**
   * Those of the checkpoints and those that stood apart then, each of them once, as long as no compaction falls between the
   * reads; in the same order while nothing is stored.
   */
  async read({ small, nextOffsets }: Positions, session?: ClientSession): Promise<WaitingDelta[]> {
    // Another read may end before this one does, and keep other deltas than this one goes by.
    const { kept } = this;
    const find = ({ _id, stamp }: Stamped) => {
      const delta = kept.get(_id);
      return delta?.stamp === String(stamp) ? delta : undefined;
    };
    const listed = (await this.listed(session)).filter(({ _id }) => wasThere(_id, nextOffsets));
    const missing = listed.filter((each) => find(each) === undefined).map(({ _id }) => _id);
    const texts = missing.length > 0 ? await this.texts(missing, session) : [];
    const waiting = new Map<string, WaitingDelta>();
    const passing = new Set(small.map(({ _id }) => _id));
    const turns = new Turns();
    for (const each of [...small, ...texts]) {
      await turns.pass();
      const delta = find(each) ?? {
        stamp: String(each.stamp),
        isPassing: passing.has(each._id),
        delta: decodeDelta(each.delta),
      };
      waiting.set(each._id, delta);
    }
    for (const each of listed) {
      const delta = find(each);
      if (delta !== undefined) waiting.set(each._id, delta);
    }
    this.kept = waiting;
    return [...waiting.values()].sort((one, other) => (one.stamp < other.stamp ? -1 : 1));
  }

  /** Keeps none of what was read so far. */
  clear(): void {
    this.kept = new Map();
  }

  private listed(session?: ClientSession): Promise<Stamped[]> {
    const options = { projection: { stamp: 1 }, ...sessionOption(session) };
    return this.deltas.collection.find<Stamped>({}, options).toArray();
  }

  private texts(ids: string[], session?: ClientSession): Promise<(Stamped & { delta: string })[]> {
    const filter = { _id: { $in: ids } } as object;
    return this.deltas.collection.find<Stamped & { delta: string }>(filter, sessionOption(session)).toArray();
  }
}

/** Whether the delta is of a micro-batch before the positions; one that came since would stand without those in between. */
function wasThere(id: string, nextOffsets: Positions['nextOffsets']): boolean {
  const at = id.lastIndexOf(':');
  const next = nextOffsets.get(id.slice(0, at));
  return next === undefined || Number(id.slice(at + 1)) < next;
}
