import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type SummaryProgress, SummaryReader } from '../store/index.js';
import { periodBefore } from './pages/comparison.js';
import { recentRanges } from './pages/timeline.js';
import { Views } from './pages/views.js';

const LOOK_MS = 5_000;

/** More from one look to the next are a load: what it has changed changes again before anybody sees it. */
const RECORDS_MAX = 5_000;

/** A load that lasts so many looks is a long one. */
const BUSY_LOOKS = 3;

/**
 * Does ahead of the next page what it would wait for. At the start, the templates are compiled. Then the sums are read:
 * those of the overview and of the ranges that it offers, those of the months, which the pages of customers, products and
 * countries share, and those of the newest month's days, with which a product's page begins. Those again once there are
 * any lines, when summaries were compacted and then none for a few seconds, in which few lines came, and when a load is
 * over. Where many come for long and nobody looks, what was read is let go: docs/decisions/0031 has the figures.
 */
@Injectable()
export class WarmUp implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;
  private seen: SummaryProgress | null = null;
  private read: string | null = null;
  private busyLooks = 0;
  /** Code that has run once is quick. */
  private hasReadLines = false;

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
    const { seen } = this;
    this.seen = await this.summaries.progress();
    const { compaction, records } = this.seen;
    const isLoad = seen !== null && records - seen.records > RECORDS_MAX;
    const hasEnded = this.busyLooks > 0 && !isLoad;
    const isFirst = seen === null || !this.hasReadLines;
    const isQuiet = isFirst || hasEnded || (compaction === seen.compaction && !isLoad);
    this.busyLooks = isLoad ? this.busyLooks + 1 : 0;
    if (this.busyLooks >= BUSY_LOOKS && this.summaries.unaskedMs > BUSY_LOOKS * LOOK_MS) {
      this.summaries.letGo();
      this.read = null;
    }
    if (!isQuiet || this.read === compaction) return;
    const { newestDay } = await this.summaries.read({ from: null, to: null });
    this.hasReadLines = newestDay !== null;
    for (const range of newestDay === null ? [] : recentRanges(newestDay)) {
      const before = periodBefore(range, await this.summaries.read(range));
      if (before !== null) await this.summaries.read(before);
    }
    await this.summaries.series('customers', '');
    if (newestDay !== null) await this.summaries.series('products', '', newestDay.slice(0, 'YYYY-MM'.length));
    this.read = compaction;
  }
}
