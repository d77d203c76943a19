import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SummaryReader } from '../store/index.js';
import { periodBefore } from './pages/comparison.js';
import { recentRanges } from './pages/timeline.js';
import { Views } from './pages/views.js';

const LOOK_MS = 5_000;

/**
 * Does ahead of the next page what it would wait for. At the start, the templates are compiled. Then the sums are read:
 * those of the overview and of the ranges that it offers, those of the months, which the pages of customers, products and countries share, and those of the
 * newest month's days, with which a product's page begins. Those again when summaries were compacted and then none for a
 * few seconds: while many lines come in, their compactions follow each other faster than anybody looks.
 */
@Injectable()
export class WarmUp implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;
  private seen: string | null = null;
  private read: string | null = null;

  constructor(
    private readonly summaries: SummaryReader,
    private readonly views: Views,
  ) {}

  onApplicationBootstrap(): void {
    // A template that can't be compiled is told by the page that is asked for, as is a store that does not answer.
    void this.views
      .compileAhead()
      .catch(() => undefined)
      .finally(() => {
        this.lookAgain(0);
      });
  }

  beforeApplicationShutdown(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  private lookAgain(afterMs: number): void {
    if (this.isOver) return;
    this.timer = setTimeout(() => {
      void this.look()
        .catch(() => undefined)
        .finally(() => {
          this.lookAgain(LOOK_MS);
        });
    }, afterMs).unref();
  }

  private async look(): Promise<void> {
    const compaction = await this.summaries.compaction();
    const isQuiet = compaction === this.seen || this.read === null;
    this.seen = compaction;
    if (!isQuiet || this.read === compaction) return;
    const { newestDay } = await this.summaries.read({ from: null, to: null });
    for (const range of newestDay === null ? [] : recentRanges(newestDay)) {
      const before = periodBefore(range, await this.summaries.read(range));
      if (before !== null) await this.summaries.read(before);
    }
    await this.summaries.series('customers', '');
    if (newestDay !== null) await this.summaries.series('products', '', newestDay.slice(0, 'YYYY-MM'.length));
    this.read = compaction;
  }
}
