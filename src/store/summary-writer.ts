import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { type ClientSession, type Model, Types } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import {
  decodeDelta,
  emptyPeriod,
  encodeDelta,
  mergeDelta,
  mergePeriod,
  periodsOf,
  type PeriodTally,
  type SummaryDelta,
} from '../invoice/index.js';
import { Turns } from '../turns.js';
import type { StorePosition } from './checkpoints.js';
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

/** What becomes of the delta of a micro-batch. */
export interface PlannedSummaries {
  /** What the checkpoint says then. */
  waiting: Pick<StorePosition, 'deltaCount' | 'deltaCells' | 'delta' | 'stamp'>;
  /** The text of a document of its own; null: it stands in the checkpoint, or is compacted, or there is none. */
  apart: string | null;
  /** Whether the batch compacts what waits, for which it has to read. */
  isDue: boolean;
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
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @param mayCompact false: what is due waits on. */
  plan(from: StorePosition, delta: SummaryDelta, mayCompact = true): PlannedSummaries {
    const { deltaCount: count, deltaCells: before, delta: small, stamp } = from;
    if (delta.size === 0) {
      return { waiting: { deltaCount: count, deltaCells: before, delta: small, stamp }, apart: null, isDue: false };
    }
    const { compactionCells, compactionDeltas } = this.settings.processing;
    const deltaCount = count + 1;
    const deltaCells = before + cellsOf(delta);
    if (mayCompact && (deltaCells > compactionCells || deltaCount > compactionDeltas)) {
      return { waiting: { deltaCount: 0, deltaCells: 0, delta: null, stamp: null }, apart: null, isDue: true };
    }
    const text = encodeDelta(delta);
    if (text.length + (small?.length ?? 0) > SMALL_CHARS_MAX) {
      return { waiting: { deltaCount, deltaCells, delta: small, stamp }, apart: text, isDue: false };
    }
    const merged = small === null ? text : encodeDelta(sumOf(small, delta));
    return {
      waiting: { deltaCount, deltaCells, delta: merged, stamp: new Types.ObjectId() },
      apart: null,
      isDue: false,
    };
  }

  /** Writes the delta as `plan` said: among the writes, or, when compaction is due, at once in the session's transaction. */
  async write(
    { partition, from, fromOffset, nextOffset }: Place,
    delta: SummaryDelta,
    { apart, isDue }: PlannedSummaries,
    { writes, session }: { writes: TransactionWrites; session: ClientSession },
  ): Promise<void> {
    if (apart !== null) {
      const _id = `${this.settings.kafka.ingestionTopic}:${partition}:${fromOffset}`;
      const document = { _id, partition, stamp: new Types.ObjectId(), delta: apart };
      writes.insert(this.deltas.collection.collectionName, document);
    }
    if (!isDue) return;
    const waiting = await this.deltas.collection
      .find<SummaryDeltaRecord & { _id: string }>({ partition }, { session })
      .toArray();
    waiting.sort((a, b) => offsetIn(a._id) - offsetIn(b._id));
    const { delta: small } = from;
    const merged: SummaryDelta = new Map();
    const turns = new Turns();
    for (const text of [...(small === null ? [] : [small]), ...waiting.map(({ delta: large }) => large)]) {
      await turns.pass();
      mergeDelta(merged, decodeDelta(text));
    }
    mergeDelta(merged, delta);
    await this.compact(partition, nextOffset, merged, session);
    const ids = waiting.map(({ _id }) => _id);
    if (ids.length > 0) await this.deltas.collection.deleteMany({ _id: { $in: ids } } as object, { session });
  }

  private async compact(
    partition: number,
    version: number,
    delta: SummaryDelta,
    session: ClientSession,
  ): Promise<void> {
    const added = await byPeriod(delta);
    const ids = [...added.keys()].map((period) => summaryId(period, partition));
    const sums = new Map<string, SummedPeriod>();
    const turns = new Turns();
    for await (const { period, pieces, tally } of this.documents.read(ids, session)) {
      sums.set(period, { tally, pieces, isNew: false });
    }
    for (const [period, tally] of added) {
      await turns.pass();
      const sum = sums.get(period) ?? { tally: emptyPeriod(), pieces: 0, isNew: true };
      mergePeriod(sum.tally, tally);
      sums.set(period, sum);
    }
    await this.documents.write({ partition, version }, sums, session);
  }
}

function sumOf(small: string, delta: SummaryDelta): SummaryDelta {
  const sum = decodeDelta(small);
  mergeDelta(sum, delta);
  return sum;
}

/** The sums of a delta by every period that it touches. */
async function byPeriod(delta: SummaryDelta): Promise<Map<string, PeriodTally>> {
  const periods = new Map<string, PeriodTally>();
  const turns = new Turns();
  for (const [day, tally] of delta) {
    await turns.pass();
    for (const period of periodsOf(day)) {
      let sum = periods.get(period);
      if (sum === undefined) periods.set(period, (sum = emptyPeriod()));
      mergePeriod(sum, tally);
    }
  }
  return periods;
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
