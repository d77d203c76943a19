import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ClientSession, Connection } from 'mongoose';
import type { FoldResult, StoredInvoice } from '../invoice/index.js';
import type { StorePosition } from './checkpoints.js';
import type { DeadLetter } from './dead-letter.js';
import { storeError } from './errors.js';
import { StoreSink } from './store-sink.js';
import { TransactionWrites } from './transaction-writes.js';

/** What a micro-batch asks of the store. */
export interface BatchWrite {
  partition: number;
  /** Where its owner left the checkpoint; null: there is none yet. */
  from: StorePosition | null;
  fromOffset: number;
  nextOffset: number;
  startedAtMs: number;
  /** The invoices that the fold needs. */
  invoiceNos: readonly string[];
  /** Called once, inside the transaction, with those of them that exist. */
  decide(stored: ReadonlyMap<string, StoredInvoice>): BatchDecision;
}

/** What becomes of the records of a micro-batch: `records = stored + duplicates + deadLetters`. */
export interface BatchDecision {
  fold: FoldResult;
  deadLetters: DeadLetter[];
  records: number;
  stored: number;
  duplicates: number;
}

/**
 * The store sink. One MongoDB transaction holds the invoices, the summaries, the batch record, the dead letters and the
 * checkpoint; it commits with majority and journal. It changes nothing when the checkpoint is not where the owner left
 * it (CheckpointMovedError), nor when a step fails (StoreUnavailableError). After any error the owner reads its position
 * anew, because a commit whose answer was lost may have gone through.
 */
@Injectable()
export class BatchWriter {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly sink: StoreSink,
  ) {}

  async apply(write: BatchWrite): Promise<{ position: StorePosition; decision: BatchDecision }> {
    let session: ClientSession | null = null;
    try {
      session = await this.connection.startSession();
      session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', j: true } });
      const result = await this.write(write, session);
      await session.commitTransaction();
      return result;
    } catch (error) {
      if (session?.inTransaction() === true) await session.abortTransaction().catch(() => undefined);
      throw storeError(error);
    } finally {
      await session?.endSession().catch(() => undefined);
    }
  }

  private async write(
    write: BatchWrite,
    session: ClientSession,
  ): Promise<{ position: StorePosition; decision: BatchDecision }> {
    const { partition, from, fromOffset, nextOffset } = write;
    const { checkpoints, states, invoices, summaries, outcomes } = this.sink;
    const stored = await states.read(write.invoiceNos, session);
    const decision = write.decide(stored);
    const { fold, deadLetters, records, stored: storedCount, duplicates } = decision;
    const planned = summaries.plan(from, fold.delta);
    const number = (from?.batchNumber ?? 0) + 1;
    const position = { nextOffset, batchNumber: number, ...planned };
    const writes = new TransactionWrites(this.connection);
    // The checkpoint moves first: a stale owner stops here, before it has written anything.
    checkpoints.move(partition, from, position, writes);
    invoices.write(partition, fold.invoices, stored, writes);
    await summaries.write(partition, { fromOffset, nextOffset }, fold.delta, planned, { writes, session });
    outcomes.writeDeadLetters(deadLetters, writes);
    const counts = { records, stored: storedCount, duplicates, deadLetters: deadLetters.length };
    const durationMs = Math.round(performance.now() - write.startedAtMs);
    outcomes.writeBatch({ number, partition, fromOffset, toOffset: nextOffset, ...counts, durationMs }, writes);
    await writes.run(session);
    return { position, decision };
  }
}
