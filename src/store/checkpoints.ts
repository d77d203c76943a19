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
  /** Of the last micro-batch. */
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

  /** The partition's position, null before its first micro-batch. */
  async read(partition: number): Promise<StorePosition | null> {
    try {
      const document = await this.checkpoints.findById(this.idOf(partition)).lean();
      return document === null ? null : positionOf(document);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Moves the position with the writes; they fail with CheckpointMovedError when it is not where `from` says. */
  move(partition: number, from: StorePosition | null, to: StorePosition, writes: TransactionWrites): void {
    const _id = this.idOf(partition);
    const at = new Date();
    const { collectionName } = this.checkpoints.collection;
    const moved = () => new CheckpointMovedError(`the checkpoint of partition ${partition} has moved`);
    if (from === null) {
      writes.insert(collectionName, { _id, topic: this.topic, partition, ...to, at }, moved);
      return;
    }
    const where = { _id, nextOffset: from.nextOffset, batchNumber: from.batchNumber };
    writes.update(collectionName, where, { $set: { ...to, at } }, moved);
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
