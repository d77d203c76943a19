import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Connection, Model } from 'mongoose';
import type { ReplayAct } from './dead-letter.js';
import { replayedUpdate } from './dead-letter-desk.js';
import { type DeadLetterFilter, whereOf } from './dead-letter-filter.js';
import { DeadLetterRecord } from './dead-letter.schema.js';
import { storeError } from './errors.js';
import { bytesIn, type KeptDeadLetter, letterOf, type RawDeadLetter } from './kept-dead-letter.js';
import { changeInPieces } from './piecewise.js';
import { ReplayJob } from './replay-job.schema.js';

/** What became of one dead letter of a job: sent back, or why not. */
export interface JobResult {
  id: string;
  outcome: ReplayAct | { failure: string };
}

const FAILURES_KEPT = 100;

/** The dead letters of a background replay. Every method rejects with StoreUnavailableError. */
@Injectable()
export class ReplayJobLetters {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(DeadLetterRecord.name) private readonly letters: Model<DeadLetterRecord>,
    @InjectModel(ReplayJob.name) private readonly jobs: Model<ReplayJob>,
  ) {}

  /**
   * Gives what matches to the job, but for what another job has; what comes later is not in it, so that a replay does
   * not meet the dead letters that it causes. Resolves with how many the job has; null where `goesOn`, which is asked many
   * times in between, ended it. May be called again.
   */
  async mark(job: string, filter: DeadLetterFilter, goesOn: () => Promise<boolean>): Promise<number | null> {
    return this.ask(async () => {
      let isLeft = false;
      const asked = async () => {
        isLeft = !(await goesOn());
        return !isLeft;
      };
      await changeInPieces(this.letters, { ...whereOf(filter), job: null }, { $set: { job } }, asked);
      return isLeft ? null : this.letters.collection.countDocuments({ job });
    });
  }

  /** Some of those that the job still has: at least one where there are any, else up to both limits. */
  async next(job: string, limits: { lettersMax: number; bytesMax: number }): Promise<KeptDeadLetter[]> {
    return this.ask(async () => {
      const letters: KeptDeadLetter[] = [];
      let bytes = 0;
      for await (const found of this.letters.collection.find<RawDeadLetter>({ job }).limit(limits.lettersMax)) {
        const letter = letterOf(found);
        letters.push(letter);
        bytes += bytesIn(letter);
        if (bytes > limits.bytesMax) break;
      }
      return letters;
    });
  }

  /** Puts down what became of them, in one transaction with the job's counts: each counts once, whoever runs the job. */
  async settle(job: string, results: readonly JobResult[]): Promise<void> {
    await this.ask(async () => {
      const session = await this.connection.startSession();
      try {
        await session.withTransaction(() => this.write(job, results, session), { writeConcern: { w: 'majority' } });
      } finally {
        await session.endSession().catch(() => undefined);
      }
    });
  }

  /** Lets go of those that the job has not replayed. */
  async unmark(job: string): Promise<void> {
    await this.ask(() => changeInPieces(this.letters, { job }, { $unset: { job: 1 } }));
  }

  private async write(job: string, results: readonly JobResult[], session: ClientSession): Promise<void> {
    const sent: object[] = [];
    const left = new Map<string, string>();
    for (const { id, outcome } of results) {
      if ('action' in outcome) {
        const { $unset, ...update } = replayedUpdate(outcome);
        sent.push({ updateOne: { filter: { _id: id, job }, update: { ...update, $unset: { ...$unset, job: 1 } } } });
      } else {
        left.set(id, outcome.failure);
      }
    }
    const replayed =
      sent.length === 0 ? 0 : (await this.letters.collection.bulkWrite(sent as never[], { session })).modifiedCount;
    const failures = left.size === 0 ? [] : await this.letGo(job, left, session);
    const failed = failures.length;
    const counts = { $inc: { replayed, failed }, $push: { failures: { $each: failures, $slice: FAILURES_KEPT } } };
    await this.jobs.collection.updateOne({ _id: job } as object, counts as object, { session });
  }

  /** Those of them that the job still had, with why they are left. */
  private async letGo(
    job: string,
    left: ReadonlyMap<string, string>,
    session: ClientSession,
  ): Promise<{ id: string; message: string }[]> {
    const ofJob = (ids: string[]) => ({ _id: { $in: ids }, job }) as object;
    const found = this.letters.collection.find(ofJob([...left.keys()]), { projection: { _id: 1 }, session });
    const failures: { id: string; message: string }[] = [];
    for await (const { _id: id } of found) failures.push({ id: String(id), message: left.get(String(id)) ?? '' });
    await this.letters.collection.updateMany(ofJob(failures.map(({ id }) => id)), { $unset: { job: 1 } }, { session });
    return failures;
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw storeError(error);
    }
  }
}
