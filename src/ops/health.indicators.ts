import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Appender } from '../buffer/index.js';
import { type Role, SETTINGS, type Settings } from '../config.js';
import { PipelineWatch } from './pipeline-watch.js';

const DEADLINE_MS = 1_500;
/** However often readiness is asked, the engines are asked twice a second at most. */
const CACHE_MS = 500;

/**
 * A failed append counts against readiness for so long. Afterwards Kafka's own answers decide: an instance that gets no
 * posts because it is not ready could never show that appending works again.
 */
const APPEND_FAULT_MS = 15_000;

/** The checks behind `/health/ready`, each with a deadline of its own. */
@Injectable()
export class HealthIndicators {
  private appendFailingSinceMs: number | null = null;

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly watch: PipelineWatch,
    private readonly appender: Appender,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Every check that this instance is to pass, by what its roles need: posts go on while the store is away, and pages
   * while Kafka is. An instance that has no part in what is down must not be taken out of service for it.
   */
  all() {
    const has = (...roles: Role[]) => roles.some((role) => this.settings.roles.includes(role));
    return [
      ...(has('ingest', 'processing') ? [this.kafka()] : []),
      ...(has('processing', 'dashboard') ? [this.store()] : []),
      ...(has('processing') ? [this.consumer()] : []),
    ];
  }

  /** Kafka serves the log and the group's offsets, and takes what is appended. */
  kafka() {
    return this.check('kafka', async () => {
      const { error } = await this.watch.askKafka(DEADLINE_MS);
      if (error !== null) throw new Error(error);
      if (this.settings.roles.includes('ingest') && this.appendFailsNow())
        throw new Error('Kafka does not take records');
    });
  }

  /** The store answers a read that needs its primary. */
  store() {
    return this.check('store', async () => {
      const { error } = await this.watch.askStore(DEADLINE_MS);
      if (error !== null) throw new Error(error);
    });
  }

  /** The consumer runs, and its partitions move while they have records. */
  consumer() {
    return this.check('consumer', () => {
      const fault = this.watch.consumerFault;
      return fault === null ? Promise.resolve() : Promise.reject(new Error(fault));
    });
  }

  private check(name: string, attempt: () => Promise<void>) {
    return this.indicators
      .check(name)
      .attempt(attempt)
      .withTimeout(DEADLINE_MS + 200)
      .cacheFor(CACHE_MS);
  }

  private appendFailsNow(): boolean {
    if (this.appender.healthy) {
      this.appendFailingSinceMs = null;
      return false;
    }
    this.appendFailingSinceMs ??= performance.now();
    return performance.now() - this.appendFailingSinceMs < APPEND_FAULT_MS;
  }
}
