import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ClientSession, Connection } from 'mongoose';
import { coverRange, type PeriodTally, type ProductTally, type SummaryPart } from '../invoice/index.js';
import { Turns } from '../turns.js';
import { DeltaReader, type Positions } from './delta.reader.js';
import { storeError, TornSummaryError } from './errors.js';
import { goesOnFrom, type RangeSum, sumUp } from './range-sum.js';
import { inSnapshot } from './snapshot.js';
import { PeriodTallies } from './period-tallies.js';
import { findIn, PeriodTexts } from './period-texts.js';
import { ReadingCache } from './reading-cache.js';
import { KEPT_MS_MAX, NO_HEADS, SummaryHeads } from './summary-heads.js';
import {
  type DayRange,
  type DayTally,
  daysOf,
  knownDays,
  newestDayOf,
  oldestDayOf,
  type PartsRead,
  periodsIn,
  type PeriodSum,
  seriesOf,
} from './summary-parts.js';

/** What the lines of a range add up to. The same object may be given to several callers, who must not change it. */
export interface SummaryReading {
  /** The days that have lines, oldest first. */
  days: DayTally[];
  sum: PeriodTally;
  /** The oldest and the newest day that have lines, in the range or not; null: there are no lines at all. */
  oldestDay: string | null;
  newestDay: string | null;
}

/** How far the sums have come. */
export interface SummaryProgress extends Pick<Positions, 'records'> {
  /** Another one after each compaction. */
  compaction: string;
}

/** The last reading of a range, of the parts that had this mark. */
interface KeptReading extends RangeSum {
  mark: string;
  reading: SummaryReading;
}

const NOTHING_READ: PartsRead = { ...NO_HEADS, waiting: [], mark: '', positions: null };

/** A reading takes some milliseconds, a compaction comes every few dozen micro-batches. */
const ATTEMPTS_MAX = 3;

/**
 * Reads exact sums. Compaction moves deltas into summaries in one transaction and gives `all` a new version; what was
 * read between two equal versions counts each line exactly once. That is read outside of transactions, which would wait
 * for those of the writers; only when compaction is always faster, one snapshot is read. While no checkpoint has moved,
 * what was read last is what there is, and the checkpoints are all that is asked for.
 */
@Injectable()
export class SummaryReader {
  private readonly readings = new ReadingCache<KeptReading>();
  private kept = NOTHING_READ;
  private keptAtMs = 0;
  private askedAtMs = performance.now();
  /** Those that no compaction fell into. */
  private readonly accepted = new WeakSet<PartsRead>();

  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly heads: SummaryHeads,
    private readonly tallies: PeriodTallies,
    private readonly texts: PeriodTexts,
    private readonly deltas: DeltaReader,
  ) {}

  /** The sums of the range. @throws StoreUnavailableError */
  async read(range: DayRange): Promise<SummaryReading> {
    const key = `${range.from} ${range.to}`;
    const { parts, known, before } = await this.betweenCompactions(async (session) => {
      const parts = await this.parts(session);
      const kept = this.readings.get(key);
      if (kept?.mark === parts.mark) return { parts, known: kept, before: kept };
      if (kept !== undefined && goesOnFrom(kept, parts)) return { parts, before: kept };
      const periods = new Set(coverRange(range.from, range.to, knownDays(parts.heads)));
      return { parts, before: await this.tallies.read(parts.heads, periods, session) };
    });
    const { mark } = parts;
    // One that was known at first may have had to make room for others since; one that was not may have come.
    const last = this.readings.get(key);
    const kept = known ?? (last?.mark === mark ? last : undefined);
    if (kept !== undefined) return kept.reading;
    const summed = await sumUp(range, parts, before);
    const reading = {
      days: daysOf(parts, range),
      sum: summed.sum,
      oldestDay: oldestDayOf(parts),
      newestDay: newestDayOf(parts),
    };
    this.readings.keep(key, { mark, reading, ...summed });
    return reading;
  }

  /** The days that have lines and what each adds up to, oldest first; cheaper than `read`. @throws StoreUnavailableError */
  async days(range: DayRange): Promise<DayTally[]> {
    return daysOf(await this.partsNow(), range);
  }

  /** `seriesOf` the months, or the days of one month, of a country, product or customer. @throws StoreUnavailableError */
  async series(part: SummaryPart, key: string, month: string | null = null): Promise<PeriodSum[]> {
    const { parts, texts } = await this.betweenCompactions(async (session) => {
      const parts = await this.parts(session);
      return { parts, texts: await this.texts.read(parts.heads, periodsIn(parts, month), session) };
    });
    const cells: (ProductTally | undefined)[] = [];
    const turns = new Turns();
    for (const text of texts) {
      await turns.pass();
      cells.push(findIn(text, part, key));
    }
    return seriesOf(parts, cells, { part, key, month });
  }

  /** How many lines a day (`YYYY-MM-DD`) has, and a mark that is another one once anything is stored. @throws StoreUnavailableError */
  async state(day: string): Promise<{ mark: string; lines: number }> {
    const parts = await this.partsNow();
    return { mark: parts.positions ?? '', lines: daysOf(parts, { from: day, to: day })[0]?.lines ?? 0 };
  }

  /** @throws StoreUnavailableError */
  async progress(): Promise<SummaryProgress> {
    const { kept } = this;
    try {
      const { mark, records } = await this.deltas.positions();
      return { compaction: mark === kept.positions ? kept.versions : await this.heads.versions(), records };
    } catch (error) {
      throw storeError(error);
    }
  }

  /** How long nobody has asked for sums. */
  get unaskedMs(): number {
    return performance.now() - this.askedAtMs;
  }

  /** Keeps nothing of what was read so far: tens of megabytes, which compactions make useless one after the other. */
  letGo(): void {
    this.kept = NOTHING_READ;
    for (const keeper of [this.readings, this.tallies, this.texts, this.deltas]) keeper.clear();
  }

  private async partsNow(): Promise<PartsRead> {
    return (await this.betweenCompactions(async (session) => ({ parts: await this.parts(session) }))).parts;
  }

  /** What `read` gives when no compaction fell between its reads. */
  private async betweenCompactions<T extends { parts: PartsRead }>(
    read: (session?: ClientSession) => Promise<T>,
  ): Promise<T> {
    this.askedAtMs = performance.now();
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      try {
        const result = await read();
        const { parts } = result;
        if (this.accepted.has(parts)) return result;
        if ((await this.heads.versions()) === parts.versions) {
          this.accepted.add(parts);
          this.kept = parts;
          this.keptAtMs = performance.now();
          return result;
        }
      } catch (error) {
        if (!(error instanceof TornSummaryError)) throw storeError(error);
      }
    }
    return inSnapshot(this.connection, read);
  }

  private async parts(session?: ClientSession): Promise<PartsRead> {
    const { kept } = this;
    let positions = await this.deltas.positions(session);
    const isYoung = performance.now() - this.keptAtMs < KEPT_MS_MAX;
    if (session === undefined && isYoung && positions.mark === kept.positions) return kept;
    const found = await this.heads.read(kept, session);
    const { versions } = found;
    // Of a compaction since the checkpoints were read, what it took from them would count twice.
    if (session === undefined && versions !== kept.versions) positions = await this.deltas.positions();
    const waiting = await this.deltas.read(positions, session);
    const mark = [versions, ...waiting.map(({ stamp }) => stamp)].join();
    return { ...found, waiting, mark, positions: positions.mark };
  }
}
