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
import type { StorePosition } from './checkpoints.js';
import { Summary, SummaryDeltaRecord } from './summary.schema.js';
import type { TransactionWrites } from './transaction-writes.js';
import { toDecimal } from './values.js';

/**
 * Keeps the summaries. A micro-batch adds one small delta document; now and then the owner of the partition merges its
 * deltas into the summaries of their days, months and `all`, in the transaction of the batch that makes it due.
 */
@Injectable()
export class SummaryWriter {
  constructor(
    @InjectModel(Summary.name) private readonly summaries: Model<Summary>,
    @InjectModel(SummaryDeltaRecord.name) private readonly deltas: Model<SummaryDeltaRecord>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** What will wait for compaction after a batch with this delta. */
  plan(from: StorePosition | null, delta: SummaryDelta): { deltaCount: number; deltaCells: number } {
    const { compactionCells, compactionDeltas } = this.settings.processing;
    const cells = cellsOf(delta);
    const deltaCount = (from?.deltaCount ?? 0) + (cells > 0 ? 1 : 0);
    const deltaCells = (from?.deltaCells ?? 0) + cells;
    const due = deltaCells > compactionCells || deltaCount > compactionDeltas;
    return due ? { deltaCount: 0, deltaCells: 0 } : { deltaCount, deltaCells };
  }

  /** Whether a batch with this delta compacts, for which it has to read. */
  isDue(from: StorePosition | null, delta: SummaryDelta): boolean {
    return delta.size > 0 && this.plan(from, delta).deltaCount === 0;
  }

  /** Writes the delta as `plan` said: among the writes, or, when compaction is due, at once in the session's transaction. */
  async write(
    partition: number,
    at: { fromOffset: number; nextOffset: number },
    delta: SummaryDelta,
    planned: { deltaCount: number },
    { writes, session }: { writes: TransactionWrites; session: ClientSession },
  ): Promise<void> {
    if (delta.size === 0) return;
    if (planned.deltaCount > 0) {
      const _id = `${this.settings.kafka.ingestionTopic}:${partition}:${at.fromOffset}`;
      const document = { _id, partition, stamp: new Types.ObjectId(), delta: encodeDelta(delta) };
      writes.insert(this.deltas.collection.collectionName, document);
      return;
    }
    const waiting = await this.deltas.collection
      .find<SummaryDeltaRecord & { _id: string }>({ partition }, { session })
      .toArray();
    waiting.sort((a, b) => offsetIn(a._id) - offsetIn(b._id));
    const merged: SummaryDelta = new Map();
    for (const { delta: text } of waiting) mergeDelta(merged, decodeDelta(text));
    mergeDelta(merged, delta);
    await this.compact(partition, at.nextOffset, merged, session);
    const ids = waiting.map(({ _id }) => _id);
    if (ids.length > 0) await this.deltas.collection.deleteMany({ _id: { $in: ids } } as object, { session });
  }

  private async compact(
    partition: number,
    version: number,
    delta: SummaryDelta,
    session: ClientSession,
  ): Promise<void> {
    const added = byPeriod(delta);
    const ids = [...added.keys()].map((period) => idOf(period, partition));
    const found = this.summaries.collection.find<Summary>({ _id: { $in: ids } } as object, { session });
    const periods = new Map<string, PeriodTally>();
    for await (const { period, breakdown } of found) {
      periods.set(period, decodeDelta(breakdown).get(period) ?? emptyPeriod());
    }
    const operations = [...added].map(([period, tally]) => {
      const sum = periods.get(period) ?? emptyPeriod();
      mergePeriod(sum, tally);
      const _id = idOf(period, partition);
      const { revenue, lines, units, invoices } = sum;
      const breakdown = encodeDelta(new Map([[period, sum]]));
      const head = { period, partition, version, revenue: toDecimal(revenue), lines, units, invoices, breakdown };
      return periods.has(period)
        ? { replaceOne: { filter: { _id } as object, replacement: head } }
        : { insertOne: { document: { _id, ...head } as never } };
    });
    await this.summaries.collection.bulkWrite(operations, { session, ordered: false });
  }
}

/** The sums of a delta by every period that it touches. */
function byPeriod(delta: SummaryDelta): Map<string, PeriodTally> {
  const periods = new Map<string, PeriodTally>();
  for (const [day, tally] of delta) {
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

function idOf(period: string, partition: number): string {
  return `${period}/${partition}`;
}

function offsetIn(id: string): number {
  return Number(id.slice(id.lastIndexOf(':') + 1));
}
