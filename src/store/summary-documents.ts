import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { addEncoded, emptyPeriod, encodePieces, type PeriodTally } from '../invoice/index.js';
import { Turns } from '../turns.js';
import { TornSummaryError } from './errors.js';
import { sessionOption } from './snapshot.js';
import { Summary, SummaryPiece } from './summary.schema.js';
import { toDecimal } from './values.js';

/** A compacted summary with its whole breakdown. */
export interface WholeSummary {
  period: string;
  /** How many documents its breakdown is split into; 0: it is not. */
  pieces: number;
  tally: PeriodTally;
}

/** A compacted summary as it stands in the store. */
export interface SummaryTexts {
  _id: string;
  version: number;
  /** One, or one for each piece. */
  texts: readonly string[];
}

/** What a compaction makes of a period. */
export interface SummedPeriod extends Pick<WholeSummary, 'tally'> {
  /** As it was found. */
  pieces: number;
  isNew: boolean;
}

/**
 * The compacted summaries as documents. A breakdown of more than `summaryBytesMax` is split into pieces, so that no
 * number of customers and products reaches what a document may hold: docs/decisions/0021.
 */
@Injectable()
export class SummaryDocuments {
  constructor(
    @InjectModel(Summary.name) private readonly summaries: Model<Summary>,
    @InjectModel(SummaryPiece.name) private readonly pieces: Model<SummaryPiece>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Those of the summaries that there are, one after another, in the transaction of a compaction.
   * @throws TornSummaryError when the pieces of one are not all there.
   */
  async *read(ids: readonly string[], session: ClientSession): AsyncGenerator<WholeSummary> {
    const turns = new Turns();
    for await (const { _id, period, version, breakdown, pieces = 0 } of this.find(ids, session)) {
      await turns.pass();
      const tally = emptyPeriod();
      for await (const text of this.textsOf({ _id, version, breakdown, pieces }, session)) addEncoded(tally, text);
      yield { period, pieces, tally };
    }
  }

  /**
   * The same as they stand there.
   * @throws TornSummaryError when the pieces of one are not all there, or of another compaction. Without a session that
   *   is what a compaction between the two reads looks like.
   */
  async *readTexts(ids: readonly string[], session?: ClientSession): AsyncGenerator<SummaryTexts> {
    for await (const { _id, version, breakdown, pieces = 0 } of this.find(ids, session)) {
      const texts: string[] = [];
      for await (const text of this.textsOf({ _id, version, breakdown, pieces }, session)) texts.push(text);
      yield { _id, version, texts };
    }
  }

  /** Writes some of the summaries of a compaction, in its transaction. */
  async write(
    { partition, version }: Pick<Summary, 'partition' | 'version'>,
    sums: ReadonlyMap<string, SummedPeriod>,
    session: ClientSession,
  ): Promise<void> {
    const operations = [];
    const turns = new Turns();
    for (const [period, { tally, pieces: before, isNew }] of sums) {
      await turns.pass();
      const _id = summaryId(period, partition);
      const { revenue, lines, units, invoices } = tally;
      const texts = encodePieces(period, tally, this.settings.processing.summaryBytesMax);
      const split = await this.split(_id, version, texts, session);
      // Sums may need fewer digits than before, and then a piece less.
      await this.deletePieces(_id, { from: split.pieces, to: before }, session);
      const head = { period, partition, version, revenue: toDecimal(revenue), lines, units, invoices, ...split };
      operations.push(
        isNew
          ? { insertOne: { document: { _id, ...head } as never } }
          : { replaceOne: { filter: { _id } as object, replacement: head } },
      );
    }
    await this.summaries.collection.bulkWrite(operations, { session, ordered: false });
  }

  private find(ids: readonly string[], session?: ClientSession) {
    const options = { ...sessionOption(session), projection: { period: 1, version: 1, breakdown: 1, pieces: 1 } };
    return this.summaries.collection.find<Summary>({ _id: { $in: ids } } as object, options);
  }

  /** One at a time: to decode all at once would keep everything else waiting for seconds. */
  private async *textsOf(
    { _id, version, breakdown, pieces }: Pick<Summary, '_id' | 'version' | 'breakdown'> & { pieces: number },
    session?: ClientSession,
  ): AsyncGenerator<string> {
    if (pieces === 0) yield String(breakdown);
    for (let number = 1; number <= pieces; number++) {
      const filter = { _id: pieceId(_id, number) } as object;
      const piece = await this.pieces.collection.findOne<SummaryPiece>(filter, sessionOption(session));
      if (piece?.version !== version) {
        throw new TornSummaryError(`the store: piece ${number} of ${pieces} of summary ${_id} is missing`);
      }
      yield piece.breakdown;
    }
  }

  /** Writes the pieces of a breakdown as they are made, if it has more than one; otherwise it is the summary's own. */
  private async split(
    summary: string,
    version: number,
    texts: Iterable<string>,
    session: ClientSession,
  ): Promise<{ breakdown: string | null; pieces: number }> {
    let number = 0;
    let last: string | null = null;
    const writeLast = async () => {
      number++;
      const filter = { _id: pieceId(summary, number) } as object;
      const piece = { summary, number, version, breakdown: last };
      await this.pieces.collection.replaceOne(filter, piece, { session, upsert: true });
    };
    for (const text of texts) {
      if (last !== null) await writeLast();
      last = text;
    }
    if (number === 0) return { breakdown: last, pieces: 0 };
    await writeLast();
    return { breakdown: null, pieces: number };
  }

  private async deletePieces(
    summary: string,
    { from, to }: { from: number; to: number },
    session: ClientSession,
  ): Promise<void> {
    if (to <= from) return;
    const ids = Array.from({ length: to - from }, (_, index) => pieceId(summary, from + index + 1));
    await this.pieces.collection.deleteMany({ _id: { $in: ids } } as object, { session });
  }
}

/** The `_id` of the summary of a period in a partition. */
export function summaryId(period: string, partition: number): string {
  return `${period}/${partition}`;
}

function pieceId(summary: string, number: number): string {
  return `${summary}/${number}`;
}
