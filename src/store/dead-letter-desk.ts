import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import type { DiscardAct, ReplayAct, Who } from './dead-letter.js';
import { type DeadLetterFilter, whereOf } from './dead-letter-filter.js';
import { DeadLetterRecord } from './dead-letter.schema.js';
import { storeError } from './errors.js';
import { changeInPieces } from './piecewise.js';

const DAY_MS = 86_400_000;

/** Dead letters that no background replay has. */
const NOT_TAKEN = { job: null };

/** Counts dead letters, and puts down what people do with them. Every method rejects with StoreUnavailableError. */
@Injectable()
export class DeadLetterDesk {
  constructor(
    @InjectModel(DeadLetterRecord.name) private readonly letters: Model<DeadLetterRecord>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** How many the filter matches. */
  async count(filter: DeadLetterFilter): Promise<number> {
    return this.ask(() => this.letters.collection.countDocuments(whereOf(filter)));
  }

  /** Written after Kafka has acknowledged; a crash in between leaves the letter open, and a repeat is harmless. */
  async replayed(id: string, act: ReplayAct): Promise<void> {
    const update = replayedUpdate(act) as object;
    await this.ask(() => this.letters.collection.updateOne({ _id: id } as object, update));
  }

  /**
   * Gives up those that match, but for the discarded ones and what a background replay has; they stay on record for
   * DOCSTREAM_DISCARDED_RETENTION_DAYS. Resolves with how many they were; where it rejects, some are given up already.
   */
  async discard(filter: DeadLetterFilter, who: Who): Promise<number> {
    if (filter.state === 'discarded') return 0;
    const now = new Date();
    const act: DiscardAct = { at: now, action: 'discarded', ...who };
    const expiresAt = new Date(now.getTime() + this.settings.deadLetters.discardedRetentionDays * DAY_MS);
    const where = { state: { $ne: 'discarded' }, ...whereOf(filter), ...NOT_TAKEN };
    const update = { $set: { state: 'discarded', expiresAt }, $push: { history: act } } as object;
    return this.ask(() => changeInPieces(this.letters, where, update));
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** What a replay changes in a dead letter; a discarded one is given up no longer. */
export function replayedUpdate(act: ReplayAct) {
  return { $set: { state: 'replayed' }, $unset: { expiresAt: 1 }, $push: { history: act } };
}
