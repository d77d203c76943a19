import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { SETTINGS, type Settings } from '../config.js';
import { BatchRecord } from './batch.schema.js';
import type { DeadLetter } from './dead-letter.js';
import { DeadLetterRecord } from './dead-letter.schema.js';
import { storeError, StoreUnavailableError } from './errors.js';
import type { TransactionWrites } from './transaction-writes.js';

/** What a micro-batch did, and when it was handed over, on the clock of `performance.now()`. */
type BatchOutcome = Omit<BatchRecord, '_id' | 'durationMs' | 'at'> & { startedAtMs: number };

/** Records what a micro-batch did, and what it could not process. */
@Injectable()
export class OutcomeWriter {
  constructor(
    @InjectModel(BatchRecord.name) private readonly batches: Model<BatchRecord>,
    @InjectModel(DeadLetterRecord.name) private readonly deadLetters: Model<DeadLetterRecord>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** As the last of the writes: its duration is read when its command is laid down, after those of the other writes. */
  writeBatch({ startedAtMs, ...batch }: BatchOutcome, writes: TransactionWrites): void {
    const _id = `${this.settings.kafka.ingestionTopic}:${batch.partition}:${batch.number}`;
    writes.insert(this.batches.collection.collectionName, {
      ...{ _id, ...batch },
      /** Never 0, which would read as if nothing had been measured. */
      get durationMs() {
        return Math.ceil(performance.now() - startedAtMs);
      },
      at: new Date(),
    });
  }

  writeDeadLetters(letters: readonly DeadLetter[], writes: TransactionWrites): void {
    for (const { timestampMs, headers, ...letter } of letters) {
      writes.insert(
        this.deadLetters.collection.collectionName,
        {
          _id: deadLetterId(letter),
          ...letter,
          at: new Date(timestampMs),
          headers: headers.map(({ name, value }) => ({ key: name, value })),
          history: [],
          state: 'open',
        },
        () => keptAlready(letter),
      );
    }
  }

  /** Why the records of these ids (`topic:partition:offset`) are dead letters; of the others nothing. */
  async refusals(ids: readonly string[]): Promise<Map<string, Pick<DeadLetter, 'reason' | 'message' | 'errors'>>> {
    if (ids.length === 0) return new Map();
    try {
      const found = await this.deadLetters
        .find({ _id: { $in: ids } }, { reason: 1, message: 1, errors: 1 })
        .lean<Pick<DeadLetterRecord, '_id' | 'reason' | 'message' | 'errors'>[]>();
      return new Map(found.map(({ _id, ...why }) => [_id, why]));
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** The id of a dead letter: the position of the record that it was. */
export function deadLetterId({ topic, partition, offset }: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>): string {
  return `${topic}:${partition}:${offset}`;
}

function keptAlready(letter: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>): Error {
  const id = deadLetterId(letter);
  return new StoreUnavailableError(
    `${id} is a dead letter already: the topic was made anew under the name of an older one`,
  );
}
