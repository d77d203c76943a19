import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { BatchRecord } from './batch.schema.js';
import type { DeadLetter } from './dead-letter.js';
import { DeadLetterRecord } from './dead-letter.schema.js';
import { storeError } from './errors.js';

/** Records what a micro-batch did, and what it could not process. */
@Injectable()
export class OutcomeWriter {
  constructor(
    @InjectModel(BatchRecord.name) private readonly batches: Model<BatchRecord>,
    @InjectModel(DeadLetterRecord.name) private readonly deadLetters: Model<DeadLetterRecord>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Inside the session's transaction. */
  async writeBatch(batch: Omit<BatchRecord, '_id' | 'at'>, session: ClientSession): Promise<void> {
    const _id = `${this.settings.kafka.ingestionTopic}:${batch.partition}:${batch.number}`;
    await this.batches.collection.insertOne({ _id, ...batch, at: new Date() } as never, { session });
  }

  /** Inside the session's transaction. */
  async writeDeadLetters(letters: readonly DeadLetter[], session: ClientSession): Promise<void> {
    if (letters.length === 0) return;
    const documents = letters.map(({ timestampMs, headers, ...letter }) => ({
      _id: deadLetterId(letter),
      ...letter,
      at: new Date(timestampMs),
      headers: Array.from(headers, ([key, value]) => ({ key, value })),
      history: [],
      state: 'open',
    }));
    await this.deadLetters.collection.insertMany(documents as never[], { session, ordered: false });
  }

  /** Those of the ids (`topic:partition:offset`) that stand in the collection. */
  async known(ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    try {
      const found = await this.deadLetters.find({ _id: { $in: ids } }, { _id: 1 }).lean();
      return new Set(found.map(({ _id }) => _id));
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** The id of a dead letter: the position of the record that it was. */
export function deadLetterId({ topic, partition, offset }: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>): string {
  return `${topic}:${partition}:${offset}`;
}
