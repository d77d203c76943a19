import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Connection, Model } from 'mongoose';
import { SETTINGS, type Settings } from '../../config.js';
import { BatchRecord } from '../batch.schema.js';
import { Checkpoint } from '../checkpoint.schema.js';
import { positionOf, type StorePosition } from '../checkpoints.js';
import { storeError } from '../errors.js';
import { inSnapshot } from '../snapshot.js';
import { Summary, SummaryDeltaRecord, SummaryPiece } from '../summary.schema.js';
import type { StoredSummaries } from './summary-check.js';

/** The summaries, and how far each partition had come when they were read. */
export interface SummarySnapshot {
  checkpoints: Map<number, StorePosition>;
  summaries: StoredSummaries;
}

/** Reads what verify compares with the lines. */
@Injectable()
export class VerifyReader {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(BatchRecord.name) private readonly batches: Model<BatchRecord>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Checkpoints, summaries and deltas of one moment: compaction moves sums from one to the other. */
  async snapshot(): Promise<SummarySnapshot> {
    return inSnapshot(this.connection, (session) => this.read(session));
  }

  /** The batches of a partition, oldest first. */
  async *batchesOf(partition: number): AsyncGenerator<BatchRecord> {
    try {
      const found = this.batches.collection.find<BatchRecord>({ partition } as object, { sort: { fromOffset: 1 } });
      yield* found;
    } catch (error) {
      throw storeError(error);
    }
  }

  private async read(session: ClientSession): Promise<SummarySnapshot> {
    const topic = this.settings.kafka.ingestionTopic;
    const checkpoints = new Map<number, StorePosition>();
    const waiting: StoredSummaries['waiting'] = [];
    for await (const found of this.collection(Checkpoint.name).find<Checkpoint>({ topic }, { session })) {
      const position = positionOf(found);
      checkpoints.set(found.partition, position);
      if (position.delta !== null) waiting.push({ _id: `in checkpoint ${found._id}`, delta: position.delta });
    }
    const deltas = this.collection(SummaryDeltaRecord.name).find<SummaryDeltaRecord>({}, { session });
    for await (const { _id, delta } of deltas) waiting.push({ _id, delta });
    const pieces = new Map<string, SummaryPiece[]>();
    for await (const piece of this.collection(SummaryPiece.name).find<SummaryPiece>({}, { session })) {
      const ofSummary = pieces.get(piece.summary) ?? [];
      ofSummary.push(piece);
      pieces.set(piece.summary, ofSummary);
    }
    const byPeriod = new Map<string, Summary[]>();
    for await (const summary of this.collection(Summary.name).find<Summary>({}, { session, batchSize: 100 })) {
      const documents = byPeriod.get(summary.period) ?? [];
      documents.push(summary);
      byPeriod.set(summary.period, documents);
    }
    return { checkpoints, summaries: { byPeriod, pieces, waiting } };
  }

  private collection(model: string) {
    return this.connection.model(model).collection;
  }
}
