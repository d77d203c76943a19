import { Injectable, type OnModuleDestroy, Optional } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Coalesced } from '../../coalesced.js';
import { ApiKeys } from '../../access/api-keys.js';
import { rightToWatch } from '../../access/right-to-watch.js';
import { problem, ProblemException } from '../../problem.js';
import { ANY_DEAD_LETTER, DeadLetterReader } from '../../store/index.js';
import { PipelineSource } from '../pipeline-source.js';
import { pipelineModel } from '../pages/pipeline-model.js';
import { Views } from '../pages/views.js';
import { Regions } from './regions.js';
import { Viewer } from './viewer.js';

/** Between two looks at the engines, however many watch: one and a half updates a second at most. */
const PERIOD_MS = 700;
const VIEWERS_MAX = 500;
const RETRY_AFTER_SECONDS = 5;
/** A page that is loaded while others watch gets what they see. */
const FRESH_MS = 1_000;
const REGIONS = ['pipeline-faults', 'pipeline-flow', 'pipeline-partitions', 'pipeline-batches'] as const;

/**
 * The pipeline as pages show it, kept up to date while somebody watches: one look at the engines for all viewers, one
 * rendering of what has changed, and nothing at all when nobody watches.
 */
@Injectable()
export class PipelineLive implements OnModuleDestroy {
  private readonly regions = new Regions();
  private readonly viewers = new Set<Viewer>();
  private readonly looking = new Coalesced(() => this.look());
  private readonly rates: { in: number; out: number }[] = [];
  private kept: { count: number | null; reasons: ReadonlyMap<string, number>; atMs: number } | null = null;
  private lookedAtMs = -Infinity;
  private timer: NodeJS.Timeout | null = null;
  private isOver = false;

  constructor(
    private readonly views: Views,
    private readonly letters: DeadLetterReader,
    private readonly keys: ApiKeys,
    @Optional() private readonly source?: PipelineSource,
  ) {}

  /** The parts of the page, and the id that its stream goes on from. */
  async page(): Promise<{ regions: Record<string, string>; id: string }> {
    if (performance.now() - this.lookedAtMs > FRESH_MS) await this.looking.ask();
    return { regions: this.regions.all, id: this.regions.id };
  }

  /** Sends the reply what changes from the state with this id on, until it is closed. @throws ProblemException 503 */
  stream(reply: FastifyReply, lastId: unknown): void {
    if (this.isOver || this.viewers.size >= VIEWERS_MAX) {
      const detail = this.isOver ? 'docstream is stopping.' : `${VIEWERS_MAX} pages watch already.`;
      throw new ProblemException(problem(503, detail), { 'retry-after': String(RETRY_AFTER_SECONDS) });
    }
    reply.hijack();
    const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream; charset=utf-8' };
    reply.raw.writeHead(200, { ...headers, 'cache-control': 'no-store', 'x-accel-buffering': 'no' } as never);
    if (reply.request.method === 'HEAD') return void reply.raw.end();
    const mayWatch = rightToWatch(reply.request, this.keys);
    const viewer = new Viewer(reply.raw, this.regions.versionOf(lastId), (since) =>
      mayWatch() ? this.regions.eventSince(since) : 'over',
    );
    this.viewers.add(viewer);
    reply.raw.once('close', () => {
      this.viewers.delete(viewer);
    });
    viewer.tell();
    if (this.timer === null) this.schedule(0);
  }

  /** A stop does not wait for pages that watch. */
  onModuleDestroy(): void {
    this.isOver = true;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const viewer of this.viewers) viewer.end();
  }

  private schedule(delayMs: number): void {
    this.timer = setTimeout(() => {
      void this.turn();
    }, delayMs).unref();
  }

  /** Ends by itself when nobody watches any more. */
  private async turn(): Promise<void> {
    const startedAtMs = performance.now();
    // The next turn may find what this one did not.
    await this.looking.ask().catch(() => undefined);
    for (const viewer of this.viewers) viewer.tell();
    if (this.isOver || this.viewers.size === 0) this.timer = null;
    else this.schedule(Math.max(50, PERIOD_MS - (performance.now() - startedAtMs)));
  }

  private async look(): Promise<void> {
    if (this.source === undefined) {
      throw new ProblemException(problem(503, 'This instance does not know the state of the pipeline.'));
    }
    const pipeline = await this.source.snapshot();
    const reasons = await this.reasons(pipeline.deadLetters);
    const { eventsInPerSecond, eventsOutPerSecond } = pipeline.rates;
    this.rates.push({ in: eventsInPerSecond ?? 0, out: eventsOutPerSecond ?? 0 });
    if (this.rates.length > RATES_MAX) this.rates.shift();
    const model = pipelineModel(pipeline, reasons, this.rates);
    this.regions.update(Object.fromEntries(REGIONS.map((name) => [name, this.views.part(name, model)])));
    this.lookedAtMs = performance.now();
  }

  /** Open dead letters by reason; none while the store does not answer, which the page says anyway. */
  private async reasons(count: number | null): Promise<ReadonlyMap<string, number>> {
    const { kept } = this;
    if (kept !== null && kept.count === count && performance.now() - kept.atMs < REASONS_MS) return kept.reasons;
    const reasons = new Map<string, number>();
    const groups = await this.letters.countByDay({ ...ANY_DEAD_LETTER, state: 'open' }).catch(() => []);
    for (const group of groups) reasons.set(group.reason, (reasons.get(group.reason) ?? 0) + group.count);
    this.kept = { count, reasons, atMs: performance.now() };
    return reasons;
  }
}

/** About a minute and a half. */
const RATES_MAX = 120;
/** Counting them reads each of them, so that is done when there are more, and now and then. */
const REASONS_MS = 10_000;
