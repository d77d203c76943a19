import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { Actor, Who } from './dead-letter.js';
import type { DeadLetterFilter } from './dead-letter-filter.js';
import { storeError } from './errors.js';
import { ReplayJob, type ReplayJobState } from './replay-job.schema.js';

/** A replay of all dead letters that matched a filter when it began. */
export interface ReplayJobView {
  id: string;
  state: ReplayJobState;
  filter: DeadLetterFilter;
  by: Actor;
  /** What the key of whoever asked is called; null as in `Who`. */
  key: string | null;
  isMarked: boolean;
  matched: number;
  replayed: number;
  failed: number;
  /** The first hundred that failed. */
  failures: readonly { id: string; message: string }[];
  createdAt: Date;
  finishedAt: Date | null;
}

/** How long a finished one stays on record. */
const KEPT_MS = 30 * 86_400_000;
const LISTED_MAX = 20;
/** Instances' clocks may differ by about one. */
const LEASES_AHEAD_MAX = 2;
const UNFINISHED: { state: { $in: ReplayJobState[] } } = { state: { $in: ['running', 'stopping'] } };

/** The replays of many dead letters, and which instance runs each. Every method rejects with StoreUnavailableError. */
@Injectable()
export class ReplayJobs {
  constructor(@InjectModel(ReplayJob.name) private readonly jobs: Model<ReplayJob>) {}

  /** A new one, leased to the owner. */
  async create(
    { filter, by, key = null, matched }: Pick<ReplayJobView, 'filter' | 'matched'> & Who,
    lease: Lease,
  ): Promise<ReplayJobView> {
    const job: ReplayJob = {
      _id: randomUUID(),
      ...{ state: 'running', filter, by, key, isMarked: false, matched, replayed: 0, failed: 0, failures: [] },
      ...{ createdAt: new Date(), finishedAt: null, owner: lease.owner, leasedUntil: untilOf(lease) },
    };
    await this.ask(() => this.jobs.collection.insertOne(job as never));
    return viewOf(job);
  }

  /** Null: there is none, or no longer. */
  async find(id: string): Promise<ReplayJobView | null> {
    const found = await this.ask(() => this.jobs.collection.findOne<ReplayJob>({ _id: id } as object));
    return found === null ? null : viewOf(found);
  }

  /** The newest, newest first. */
  async newest(): Promise<ReplayJobView[]> {
    const found = await this.ask(() =>
      this.jobs.collection.find<ReplayJob>({}).sort({ createdAt: -1 }).limit(LISTED_MAX).toArray(),
    );
    return found.map(viewOf);
  }

  /** Takes a running one whose owner has let go of it, or has died; null when there is none. */
  async take(lease: Lease): Promise<ReplayJobView | null> {
    const now = Date.now();
    // One that ends further ahead than any lease lasts was given by a clock that has been set back since.
    const isOver = [{ $lt: new Date(now) }, { $gt: new Date(now + LEASES_AHEAD_MAX * lease.ms) }];
    const where = { ...UNFINISHED, $or: isOver.map((leasedUntil) => ({ leasedUntil })) };
    const update = { $set: { owner: lease.owner, leasedUntil: untilOf(lease) } };
    const found = await this.ask(() =>
      this.jobs.findOneAndUpdate(where, update, { returnDocument: 'after' }).lean<ReplayJob>().exec(),
    );
    return found === null ? null : viewOf(found);
  }

  /** Whether it goes on or is to stop; null: it has ended, or another instance has it. */
  async renew(id: string, lease: Lease): Promise<'running' | 'stopping' | null> {
    const where = { _id: id, ...UNFINISHED, owner: lease.owner } as object;
    const update = { $set: { leasedUntil: untilOf(lease) } };
    const found = await this.ask(() => this.jobs.collection.findOneAndUpdate(where, update));
    return found === null ? null : found['state'] === 'stopping' ? 'stopping' : 'running';
  }

  /** Another instance may take it at once. */
  async release(id: string, owner: string): Promise<void> {
    const where = { _id: id, ...UNFINISHED, owner } as object;
    await this.ask(() => this.jobs.collection.updateOne(where, { $set: { leasedUntil: new Date(0) } }));
  }

  /** What matched is settled: from here on nothing is added. False: it has ended, or another instance has it. */
  async marked(id: string, owner: string, matched: number): Promise<boolean> {
    const where = { _id: id, ...UNFINISHED, owner } as object;
    const update = { $set: { isMarked: true, matched } };
    return (await this.ask(() => this.jobs.collection.updateOne(where, update))).matchedCount > 0;
  }

  /** Whoever runs it ends it as soon as it sees this; one that has ended stays as it is. */
  async requestStop(id: string): Promise<void> {
    const where = { _id: id, state: 'running' } as object;
    await this.ask(() => this.jobs.collection.updateOne(where, { $set: { state: 'stopping' } }));
  }

  async end(id: string, state: 'done' | 'stopped'): Promise<void> {
    const now = new Date();
    const update = { $set: { state, finishedAt: now, expiresAt: new Date(now.getTime() + KEPT_MS) } };
    const where = { _id: id, ...UNFINISHED } as object;
    await this.ask(() => this.jobs.collection.updateOne(where, update));
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** Who runs a job, and for how long nobody else may. */
export interface Lease {
  owner: string;
  ms: number;
}

function untilOf({ ms }: Lease): Date {
  return new Date(Date.now() + ms);
}

function viewOf(job: ReplayJob): ReplayJobView {
  const { _id: id, state, filter, by, key = null, isMarked, matched, replayed, failed, failures } = job;
  const { createdAt, finishedAt } = job;
  return { id, state, filter, by, key, isMarked, matched, replayed, failed, failures, createdAt, finishedAt };
}
