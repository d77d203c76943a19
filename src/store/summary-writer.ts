import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { type ClientSession, type Model, Types } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { decodeDelta, emptyPeriod, encodeDelta, mergeDelta, mergePeriod, type SummaryDelta } from '../invoice/index.js';
import { Turns } from '../turns.js';
import type { StorePosition } from './checkpoints.js';
import { byPeriod, groupsOf } from './delta-periods.js';
import { PostponedCompactions } from './postponed-compactions.js';
import { SummaryDocuments, summaryId, type SummedPeriod } from './summary-documents.js';
import { SummaryDeltaRecord } from './summary.schema.js';
import type { TransactionWrites } from './transaction-writes.js';

/** A delta of this many characters takes no longer to write within the checkpoint than the checkpoint alone does. */
const SMALL_CHARS_MAX = 8_000;

/** Which records of which partition a micro-batch holds, and where its owner left the checkpoint. */
interface Place {
  partition: number;
  from: StorePosition;
  fromOffset: number;
  nextOffset: number;
}

/** A delta that waits in a document. */
type Listed = Pick<SummaryDeltaRecord, '_id' | 'cells'>;

/** Which deltas wait after a micro-batch. */
export interface WaitingSummaries {
  /** What the checkpoint says of them. */
  waiting: Pick<StorePosition, 'deltaCount' | 'deltaCells' | 'delta' | 'stamp'>;
  /** The text of the batch's own as a document; null: it stands in the checkpoint, or is compacted, or there is none. */
  apart: string | null;
}

/**
 * Keeps the summaries. A micro-batch adds one delta: a small one to what its partition's checkpoint holds, a large one
 * as a document. Now and then the owner of the partition merges its deltas into the summaries of their days, months and
 * `all`, in the transaction of the batch that makes it due.
 */
@Injectable()
export class SummaryWriter {
  constructor(
    @InjectModel(SummaryDeltaRecord.name) private readonly deltas: Model<SummaryDeltaRecord>,
    private readonly documents: SummaryDocuments,
    private readonly postponed: PostponedCompactions,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Null: the batch has to compact what waits, for which it reads. */
  plan({ partition, from }: Place, delta: SummaryDelta): WaitingSummaries | null {
    const { deltaCount: count, deltaCells: before, delta: small, stamp } = from;
    if (delta.size === 0) {
      return { waiting: { deltaCount: count, deltaCells: before, delta: small, stamp }, apart: null };
    }
    const { compactionCells, compactionDeltas } = this.settings.processing;
    const deltaCount = count + 1;
    const deltaCells = before + cellsOf(delta);
    const isDue = deltaCells > compactionCells || deltaCount > compactionDeltas;
    if (isDue && !this.postponed.has(partition, from)) return null;
    const text = encodeDelta(delta);
    if (text.length + (small?.length ?? 0) > SMALL_CHARS_MAX) {
      return { waiting: { deltaCount, deltaCells, delta: small, stamp }, apart: text };
    }
    const merged = small === null ? text : encodeDelta(sumOf(small, delta));
    return { waiting: { deltaCount, deltaCells, delta: merged, stamp: new Types.ObjectId() }, apart: null };
  }

  /** The batch after the checkpoint could not compact, and the next attempts do without. */
  postpone(partition: number, from: StorePosition): void {
    this.postponed.add(partition, from);
  }

  /** A batch that compacted was committed. */
  compacted(partition: number): void {
    this.postponed.delete(partition);
  }

  /** Adds the document of a delta to the writes. */
  keepApart({ partition, fromOffset }: Place, text: string, delta: SummaryDelta, writes: TransactionWrites): void {
    const _id = `${this.settings.kafka.ingestionTopic}:${partition}:${fromOffset}`;
    const document = { _id, partition, stamp: new Types.ObjectId(), cells: cellsOf(delta), delta: text };
    writes.insert(this.deltas.collection.collectionName, document);
  }

  /**
   * Merges what waits, and the delta, into the summaries, at once in the session's transaction. Where more waits than
   * should, because compactions failed, it takes the oldest for one of the usual size; the delta waits with the rest.
   */
  async compact(
    { partition, from, nextOffset }: Place,
    delta: SummaryDelta,
    session: ClientSession,
  ): Promise<WaitingSummaries> {
    const { taken, rest } = this.cut(await this.listed(partition, session));
    const texts = await this.texts(taken, session);
    const merged: SummaryDelta = new Map();
    const turns = new Turns();
    for (const text of [...(from.delta === null ? [] : [from.delta]), ...texts]) {
      await turns.pass();
      mergeDelta(merged, decodeDelta(text));
    }
    if (rest.length === 0) mergeDelta(merged, delta);
    await this.merge(partition, nextOffset, merged, session);
    const ids = taken.map(({ _id }) => _id);
    if (ids.length > 0) await this.deltas.collection.deleteMany({ _id: { $in: ids } } as object, { session });
    const none = { delta: null, stamp: null };
    if (rest.length === 0) return { waiting: { deltaCount: 0, deltaCells: 0, ...none }, apart: null };
    const deltaCells = rest.reduce((sum, { cells = 0 }) => sum + cells, cellsOf(delta));
    return { waiting: { deltaCount: rest.length + 1, deltaCells, ...none }, apart: encodeDelta(delta) };
  }

  /** The deltas that wait in documents, oldest first, without their texts. */
  private async listed(partition: number, session: ClientSession): Promise<Listed[]> {
    const options = { projection: { cells: 1 }, session };
    const waiting = await this.deltas.collection.find<Listed>({ partition }, options).toArray();
    return waiting.sort((a, b) => offsetIn(a._id) - offsetIn(b._id));
  }

  private cut(waiting: readonly Listed[]): { taken: readonly Listed[]; rest: readonly Listed[] } {
    let cells = 0;
    const end = waiting.findIndex((each) => (cells += each.cells ?? 0) > this.settings.processing.compactionCells);
    // Two at least, whatever their size, or there would never be fewer.
    const count = end < 0 ? waiting.length : Math.max(2, end);
    return { taken: waiting.slice(0, count), rest: waiting.slice(count) };
  }

  /** In the same order. */
  private async texts(taken: readonly Listed[], session: ClientSession): Promise<string[]> {
    const filter = { _id: { $in: taken.map(({ _id }) => _id) } } as object;
    const found = this.deltas.collection.find<SummaryDeltaRecord>(filter, { session });
    const texts = new Map<string, string>();
    for await (const { _id, delta } of found) texts.set(_id, delta);
    return taken.flatMap(({ _id }) => texts.get(_id) ?? []);
  }

  /** A few periods after the others: the breakdowns of all that it touches would be most of what processing holds. */
  private async merge(partition: number, version: number, delta: SummaryDelta, session: ClientSession): Promise<void> {
    const added = byPeriod(delta);
    const turns = new Turns();
    for (const periods of groupsOf([...added.keys()])) {
      const sums = new Map<string, SummedPeriod>();
      const ids = periods.map((period) => summaryId(period, partition));
      for await (const { period, pieces, tally } of this.documents.read(ids, session)) {
        sums.set(period, { tally, pieces, isNew: false });
      }
      for (const period of periods) {
        const sum = sums.get(period) ?? { tally: emptyPeriod(), pieces: 0, isNew: true };
        for (const tally of added.get(period) ?? []) {
          await turns.pass();
          mergePeriod(sum.tally, tally);
        }
        sums.set(period, sum);
      }
      await this.documents.write({ partition, version }, sums, session);
    }
  }
}

function sumOf(small: string, delta: SummaryDelta): SummaryDelta {
  const sum = decodeDelta(small);
  mergeDelta(sum, delta);
  return sum;
}

function cellsOf(delta: SummaryDelta): number {
  let cells = 0;
  for (const { countries, products, customers } of delta.values()) {
    cells += 1 + countries.size + products.size + customers.size;
  }
  return cells;
}

function offsetIn(id: string): number {
  return Number(id.slice(id.lastIndexOf(':') + 1));
}
