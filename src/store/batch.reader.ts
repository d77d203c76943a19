import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Model } from 'mongoose';
import { BatchRecord } from './batch.schema.js';
import { Checkpoint } from './checkpoint.schema.js';
import { storeError } from './errors.js';

/** What a micro-batch did. */
export type BatchView = Omit<BatchRecord, '_id'>;

/** The first look back from the newest batch, ms; each next one goes three times as far. */
const LOOK_BACK_MS = 2_000;
const LOOK_BACK_FACTOR = 3;

/** The first look for the batch that covers an offset, in offsets; each next one goes sixteen times as far. */
const COVER_SPAN = 64;
const COVER_FACTOR = 16;

/**
 * Reads batch records by their indexes. MongoDB would stream a sort with a limit from the index; the local store sorts
 * all that matches, so each query is narrowed by a range on the same field, which widens until it holds enough.
 */
@Injectable()
export class BatchReader {
  /** How far back the newest batches reached at the last call. */
  private lookBackMs = LOOK_BACK_MS;

  constructor(
    @InjectModel(BatchRecord.name) private readonly batches: Model<BatchRecord>,
    @InjectModel(Checkpoint.name) private readonly checkpoints: Model<Checkpoint>,
  ) {}

  /** The newest micro-batches of all partitions, newest first, up to `limit`. @throws StoreUnavailableError */
  async newest(limit: number): Promise<BatchView[]> {
    try {
      const newestMs = await this.newestAtMs();
      for (let backMs = this.lookBackMs; newestMs !== null; backMs *= LOOK_BACK_FACTOR) {
        const found = await this.since(newestMs - backMs, limit);
        const oldest = found.at(-1);
        if (oldest !== undefined && found.length === limit) {
          this.lookBackMs = Math.max(LOOK_BACK_MS, (newestMs - oldest.at.getTime()) * 1.2);
          return found;
        }
        if (backMs > newestMs) return found;
      }
      return [];
    } catch (error) {
      throw storeError(error);
    }
  }

  /** The micro-batch that took the record at the offset; null when none did so far. @throws StoreUnavailableError */
  async covering(partition: number, offset: number): Promise<BatchView | null> {
    try {
      for (let span = COVER_SPAN; ; span *= COVER_FACTOR) {
        const from = Math.max(0, offset - span);
        // No condition on toOffset: with one, the local store leaves the index aside.
        const where = { partition, fromOffset: { $gte: from, $lte: offset } } as object;
        const [found] = await this.batches.collection
          .find<BatchRecord>(where)
          .sort({ fromOffset: -1 })
          .limit(1)
          .toArray();
        if (found !== undefined) return found.toOffset > offset ? viewOf(found) : null;
        if (from === 0) return null;
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Every batch moves its partition's checkpoint, of which there are few. */
  private async newestAtMs(): Promise<number | null> {
    const found = await this.checkpoints.find({}, { at: 1 }).lean();
    return found.length === 0 ? null : Math.max(...found.map(({ at }) => at.getTime())) + CLOCKS_APART_MS;
  }

  private async since(sinceMs: number, limit: number): Promise<BatchView[]> {
    const where = { at: { $gte: new Date(Math.max(0, sinceMs)) } } as object;
    const found = this.batches.collection.find<BatchRecord>(where).sort({ at: -1 }).limit(limit);
    return (await found.toArray()).map(viewOf);
  }
}

/** The batch record's time is taken a moment after its checkpoint's. */
const CLOCKS_APART_MS = 1_000;

function viewOf(record: BatchRecord): BatchView {
  const { number, partition, fromOffset, toOffset, records, stored, duplicates, deadLetters, durationMs, at } = record;
  return { number, partition, fromOffset, toOffset, records, stored, duplicates, deadLetters, durationMs, at };
}
