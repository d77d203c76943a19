import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, Types } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { Checkpoint, partitionKey } from './checkpoint.schema.js';
import { CheckpointMovedError, storeError } from './errors.js';
import type { TransactionWrites } from './transaction-writes.js';

/** How far the store has come in one partition. */
export interface StorePosition {
  /** Every record below it is applied, none from it on. */
  nextOffset: number;
  /** Of the last micro-batch; 0 before the first. */
  batchNumber: number;
  /** Micro-batches whose summary deltas wait for compaction, and the cells in them. */
  deltaCount: number;
  deltaCells: number;
  /** The small ones of those deltas, merged; null: there are none. */
  delta: string | null;
  stamp: Types.ObjectId | null;
}

/** The store's own positions in `ingestion-topic`. */
@Injectable()
export class Checkpoints {
  constructor(
    @InjectModel(Checkpoint.name) private readonly checkpoints: Model<Checkpoint>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The position of every partition that has one. */
  async all(): Promise<Map<number, StorePosition>> {
    try {
      const documents = await this.checkpoints.find({ topic: this.topic }).lean();
      return new Map(documents.map((document) => [document.partition, positionOf(document)]));
    } catch (error) {
      throw storeError(error);
    }
  }

  /** The partition's position, null before its first take-over. */
  async read(partition: number): Promise<StorePosition | null> {
    try {
      const document = await this.checkpoints.findById(this.idOf(partition)).lean();
      return document === null ? null : positionOf(document);
    } catch (error) {
      throw storeError(error);
    }
  }

  /**
   * Gives the partition its first position, durably. Rejects with StoreUnavailableError while the store is down, and
   * when another owner has given it one since it was read.
   */
  async begin(partition: number, nextOffset: number): Promise<StorePosition> {
    const position = { nextOffset, batchNumber: 0, deltaCount: 0, deltaCells: 0, delta: null, stamp: null };
    const document = { _id: this.idOf(partition), topic: this.topic, partition, ...position, at: new Date() };
    try {
      await this.checkpoints.collection.insertOne(document as object, { writeConcern: { w: 'majority', j: true } });
    } catch (error) {
      throw storeError(error);
    }
    return position;
  }

  /** Moves the position with the writes; they fail with CheckpointMovedError when it is not where `from` says. */
  move(partition: number, from: StorePosition, to: StorePosition, writes: TransactionWrites): void {
    const where = { _id: this.idOf(partition), nextOffset: from.nextOffset, batchNumber: from.batchNumber };
    const moved = () => new CheckpointMovedError(`the checkpoint of partition ${partition} has moved`);
    writes.update(this.checkpoints.collection.collectionName, where, { $set: { ...to, at: new Date() } }, moved);
  }

  private get topic(): string {
    return this.settings.kafka.ingestionTopic;
  }

  private idOf(partition: number): string {
    return partitionKey(this.topic, partition);
  }
}

/** What a stored checkpoint says; older ones hold no delta. */
export function positionOf(stored: Omit<Checkpoint, 'delta' | 'stamp'> & Partial<Checkpoint>): StorePosition {
  const { nextOffset, batchNumber, deltaCount, deltaCells, delta = null, stamp = null } = stored;
  return { nextOffset, batchNumber, deltaCount, deltaCells, delta, stamp };
}
