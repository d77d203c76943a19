import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { BufferUnavailableError, RecordTooLargeError, Replayer } from '../../buffer/index.js';
import {
  type JobResult,
  type KeptDeadLetter,
  type Lease,
  ReplayJobLetters,
  ReplayJobs,
  type ReplayJobView,
} from '../../store/index.js';
import { actOf } from './dead-letter-replay.js';
import { asItWas, type Replay, whyNotAsItWas } from './replay-record.js';
import { SoleInvoice } from './sole-invoice.js';

const PAGE = { lettersMax: 500, bytesMax: 4_000_000 };
const RETRY_MS = 1_000;

interface PageEnd {
  results: JobResult[];
  failure: BufferUnavailableError | null;
}

/**
 * Runs a replay of many dead letters to its end, page by page: append, then put down what became of each. A page that is
 * done twice, after a crash in between or by two instances at once, stores nothing twice and counts once.
 */
@Injectable()
export class ReplayRunner {
  private readonly logger = new Logger(ReplayRunner.name);

  constructor(
    private readonly jobs: ReplayJobs,
    private readonly letters: ReplayJobLetters,
    private readonly replayer: Replayer,
    private readonly sole: SoleInvoice,
  ) {}

  /** Resolves when the job has ended, another instance has it, or `signal` asked to let go. Outlasts outages. */
  async run(job: ReplayJobView, lease: Lease, signal: AbortSignal): Promise<void> {
    let renewed: Promise<unknown> = Promise.resolve();
    // A page may take longer than the lease, where its letters wait for what lies in Kafka.
    const keeping = setInterval(() => {
      renewed = this.jobs.renew(job.id, lease).catch(() => undefined);
    }, lease.ms / 3);
    try {
      await this.runLeased(job, lease, signal);
    } finally {
      clearInterval(keeping);
      // One that came after the release would keep the job from others.
      await renewed;
    }
    if (signal.aborted) await this.jobs.release(job.id, lease.owner).catch(() => undefined);
  }

  private async runLeased(job: ReplayJobView, lease: Lease, signal: AbortSignal): Promise<void> {
    let { isMarked } = job;
    while (!signal.aborted) {
      try {
        const state = await this.jobs.renew(job.id, lease);
        if (state === null) return await this.leave(job.id);
        if (state === 'stopping') return await this.finish(job.id, 'stopped');
        if (!isMarked) {
          isMarked = await this.mark(job, lease, signal);
          continue;
        }
        const page = await this.letters.next(job.id, PAGE);
        if (page.length === 0) return await this.finish(job.id, 'done');
        const { results, failure } = await this.replay(page, job, lease);
        if (results.length > 0) await this.letters.settle(job.id, results);
        if (failure !== null) throw failure;
      } catch (error) {
        await this.afterFailure(job, error, signal);
      }
    }
  }

  /** Keeps the lease meanwhile. False: somebody has stopped or taken the job in the middle, or `signal` asked to let go. */
  private async mark({ id, filter }: ReplayJobView, lease: Lease, signal: AbortSignal): Promise<boolean> {
    const goesOn = async () => !signal.aborted && (await this.jobs.renew(id, lease)) === 'running';
    const matched = await this.letters.mark(id, filter, goesOn);
    return matched !== null && (await this.jobs.marked(id, lease.owner, matched));
  }

  /** What became of each letter; of those that Kafka did not acknowledge in time nothing, and `failure` says why. */
  private async replay(page: readonly KeptDeadLetter[], job: ReplayJobView, lease: Lease): Promise<PageEnd> {
    const { by, key } = job;
    const replays = page.map((letter) => ({ letter, replay: asItWas(letter), refusal: whyNotAsItWas(letter) }));
    const claims = await this.sole.claim(replays.map(({ replay }) => replay));
    const suspects = await this.sole.suspects(replays.map(({ replay }) => replay));
    for (const entry of replays) {
      if (suspects.has(entry.replay)) entry.refusal ??= await this.sole.refusal(entry.letter, entry.replay);
    }
    if ((await this.jobs.renew(job.id, lease)) !== 'running') {
      // Stopped, or taken over, while the page was looked at.
      await this.sole.drop([...claims.values()]);
      return { results: [], failure: null };
    }
    const sent = replays.filter(({ refusal }) => refusal === null);
    const appended = await this.replayer.append(sent.map(({ replay }) => replay.record));
    const results = replays.flatMap(({ letter: { id }, refusal }): JobResult[] =>
      refusal === null ? [] : [{ id, outcome: { failure: refusal } }],
    );
    let failure: BufferUnavailableError | null = null;
    const unknown = new Set<Replay>();
    for (const [index, { letter, replay }] of sent.entries()) {
      const { id } = letter;
      const result = appended[index];
      if (result === undefined || result instanceof BufferUnavailableError) {
        failure = result ?? new BufferUnavailableError('Kafka gave no position');
        unknown.add(replay);
        continue;
      }
      if (result instanceof RecordTooLargeError) results.push({ id, outcome: { failure: result.message } });
      else results.push({ id, outcome: actOf(replay, result, { by, key }) });
    }
    // What went back as it was went into the invoice that its letter names, where every later replay looks.
    await this.sole.drop([...claims].flatMap(([replay, claim]) => (unknown.has(replay) ? [] : claim)));
    return { results, failure };
  }

  /** Another one has the job, or has ended it: then what this one may have marked since is let go of. */
  private async leave(id: string): Promise<void> {
    const job = await this.jobs.find(id);
    if (job === null || job.finishedAt !== null) await this.letters.unmark(id);
  }

  /** Letters that the job still has are let go of before it ends, so that a crash in between leaves it to be ended. */
  private async finish(id: string, state: 'done' | 'stopped'): Promise<void> {
    await this.letters.unmark(id);
    await this.jobs.end(id, state);
  }

  private async afterFailure({ id }: ReplayJobView, error: unknown, signal: AbortSignal): Promise<void> {
    const { message } = error instanceof Error ? error : new Error(String(error));
    if ((error as { isRetriable?: unknown }).isRetriable === true) {
      this.logger.warn(`replay ${id} goes on in a moment: ${message}`);
    } else {
      this.logger.error(error);
      await this.jobs.requestStop(id).catch(() => undefined);
    }
    await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
