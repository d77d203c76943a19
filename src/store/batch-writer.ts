import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ClientSession, Connection } from 'mongoose';
import type { FoldResult, StoredInvoice } from '../invoice/index.js';
import type { StorePosition } from './checkpoints.js';
import type { DeadLetter } from './dead-letter.js';
import { InvoiceChangedError, StoreUnavailableError, storeError } from './errors.js';
import type { InvoiceMemory } from './invoice-memory.js';
import type { InvoiceState } from './invoice-states.js';
import type { OwnerSession } from './owner-sessions.js';
import { StoreSink } from './store-sink.js';
import type { WaitingSummaries } from './summary-writer.js';
import { TransactionWrites } from './transaction-writes.js';

/** What a micro-batch asks of the store. */
export interface BatchWrite {
  partition: number;
  /** Where its owner left the checkpoint. */
  from: StorePosition;
  /** Both its own since it took the partition over; an error makes the memory void. */
  session: OwnerSession;
  memory: InvoiceMemory;
  fromOffset: number;
  nextOffset: number;
  startedAtMs: number;
  /** The invoices that the fold needs. */
  invoiceNos: readonly string[];
  /** Pure; called with those of them that exist, and again when what it was called with was wrong. */
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

/** Of more invoices than this reading them costs little beside the rest, and a wrong guess much. */
const GUESSED_MAX = 10;

/** What the fold goes by: the invoices that exist, as they were read or are remembered, and what follows from them. */
interface Basis {
  stored: ReadonlyMap<string, InvoiceState>;
  decision: BatchDecision;
  /** Null: what waits is compacted. */
  summaries: WaitingSummaries | null;
}

/**
 * The store sink. One MongoDB transaction holds the invoices, the summaries, the batch record, the dead letters and the
 * checkpoint; it commits with majority and journal. It changes nothing when the checkpoint is not where the owner left
 * it (CheckpointMovedError), nor when a step fails (StoreUnavailableError). After any error the owner reads its position
 * anew, because a commit whose answer was lost may have gone through.
 *
 * A small batch takes its few invoices to be as its owner remembers them, and those that it does not remember to be
 * new, and reads nothing. Its writes fail where that is wrong, and it is folded again into what the store holds.
 */
@Injectable()
export class BatchWriter {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly sink: StoreSink,
  ) {}

  async apply(write: BatchWrite): Promise<{ position: StorePosition; decision: BatchDecision }> {
    return write.session.use((session) => this.applyIn(session, write));
  }

  private async applyIn(
    session: ClientSession,
    write: BatchWrite,
  ): Promise<{ position: StorePosition; decision: BatchDecision }> {
    const guess = this.guess(write);
    if (guess === null) return this.commit(session, write, null);
    try {
      return await this.commit(session, write, guess);
    } catch (error) {
      if (!(error instanceof InvoiceChangedError)) throw error;
      write.memory.forget(write.invoiceNos);
      return this.commit(session, write, null);
    }
  }

  /** Null when the batch has to read: it touches many invoices, or compacts summaries. */
  private guess(write: BatchWrite): Basis | null {
    if (write.invoiceNos.length > GUESSED_MAX) return null;
    const basis = this.basisOf(write, write.memory.recall(write.invoiceNos));
    return basis.summaries === null ? null : basis;
  }

  /** @param guess null: read what the fold goes by. */
  private async commit(
    session: ClientSession,
    write: BatchWrite,
    guess: Basis | null,
  ): Promise<{ position: StorePosition; decision: BatchDecision }> {
    const { partition, invoiceNos, memory } = write;
    let basis = guess;
    try {
      // Without a read there is nothing to take from a snapshot, and the local store does not let a write ask for one.
      const reading = guess === null ? { readConcern: { level: 'snapshot' } as const } : {};
      session.startTransaction({ ...reading, writeConcern: { w: 'majority', j: true } });
      basis ??= await this.read(write, session);
      const position = await this.write(write, basis, session);
      await session.commitTransaction();
      if (basis.summaries === null) this.sink.summaries.compacted(partition);
      if (invoiceNos.length > GUESSED_MAX) memory.forget(invoiceNos);
      else memory.keep(partition, basis.decision.fold.invoices, basis.stored);
      return { position, decision: basis.decision };
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
      throw this.failure(write, basis, error);
    }
  }

  /** The next attempt of a batch that could not compact does without: readers can wait for that, lines can't. */
  private failure({ partition, from }: BatchWrite, basis: Basis | null, error: unknown): Error {
    const failure = storeError(error);
    if (basis?.summaries !== null || !(failure instanceof StoreUnavailableError)) return failure;
    this.sink.summaries.postpone(partition, from);
    return new StoreUnavailableError(`compacting is left for later: ${failure.message}`, { cause: failure });
  }

  private async read(write: BatchWrite, session: ClientSession): Promise<Basis> {
    return this.basisOf(write, await this.sink.states.read(write.invoiceNos, session));
  }

  private basisOf(write: BatchWrite, stored: Basis['stored']): Basis {
    const decision = write.decide(stored);
    return { stored, decision, summaries: this.sink.summaries.plan(write, decision.fold.delta) };
  }

  private async write(write: BatchWrite, basis: Basis, session: ClientSession): Promise<StorePosition> {
    const { partition, from, fromOffset, nextOffset } = write;
    const { stored, decision, summaries: planned } = basis;
    const { checkpoints, invoices, summaries, outcomes } = this.sink;
    const { fold, deadLetters, records, stored: storedCount, duplicates } = decision;
    const number = from.batchNumber + 1;
    const { waiting, apart } = planned ?? (await summaries.compact(write, fold.delta, session));
    const position = { nextOffset, batchNumber: number, ...waiting };
    const writes = new TransactionWrites(this.connection);
    // The checkpoint moves first: a stale owner stops here, before it has written anything else.
    checkpoints.move(partition, from, position, writes);
    await invoices.write(partition, fold.invoices, stored, writes);
    if (apart !== null) summaries.keepApart(write, apart, fold.delta, writes);
    outcomes.writeDeadLetters(deadLetters, writes);
    const counts = { records, stored: storedCount, duplicates, deadLetters: deadLetters.length };
    const { startedAtMs } = write;
    outcomes.writeBatch({ number, partition, fromOffset, toOffset: nextOffset, ...counts, startedAtMs }, writes);
    await writes.run(session);
    return position;
  }
}
