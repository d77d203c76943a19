import { randomUUID } from 'node:crypto';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SETTINGS, type Settings } from '../../config.js';
import { type DeadLetterFilter, ReplayJobs, type ReplayJobView, type Who } from '../../store/index.js';
import { ReplayRunner } from './replay-runner.js';

/** How long an instance that has died keeps its jobs. */
const LEASE_MS = 15_000;
const LOOK_MS = 5_000;

/**
 * Starts the replays of many dead letters, and takes up those whose instance has stopped or died: at the start and every
 * few seconds, where this instance processes.
 */
@Injectable()
export class ReplayJobRuns implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ReplayJobRuns.name);
  private readonly lease = { owner: randomUUID(), ms: LEASE_MS };
  private readonly running = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly jobs: ReplayJobs,
    private readonly runner: ReplayRunner,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.roles.includes('processing')) this.lookAgain(0);
  }

  /** While Kafka and the store are still open: the page at hand is finished, and the jobs are free for others. */
  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.stopping.abort();
    await Promise.all(this.running.values());
  }

  /** Begins to replay what matches, of which there are so many now; resolves once it is on record. */
  async start(filter: DeadLetterFilter, who: Who, matched: number): Promise<ReplayJobView> {
    const job = await this.jobs.create({ filter, ...who, matched }, this.lease);
    this.run(job);
    return job;
  }

  /** The job as it is when it has ended, or after so many ms. */
  async endOf(job: ReplayJobView, timeoutMs: number): Promise<ReplayJobView> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([this.running.get(job.id), late]);
    clearTimeout(timer);
    return (await this.jobs.find(job.id)) ?? job;
  }

  private run(job: ReplayJobView): void {
    const run = this.runner.run(job, this.lease, this.stopping.signal).finally(() => this.running.delete(job.id));
    this.running.set(job.id, run);
  }

  private lookAgain(afterMs: number): void {
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => {
      void this.takeUp().finally(() => {
        this.lookAgain(LOOK_MS);
      });
    }, afterMs).unref();
  }

  private async takeUp(): Promise<void> {
    try {
      const job = await this.jobs.take(this.lease);
      if (job !== null && !this.running.has(job.id) && !this.stopping.signal.aborted) this.run(job);
    } catch (error) {
      this.logger.debug(`no look for replays to take up: ${String(error)}`);
    }
  }
}
