import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Connection, Model } from 'mongoose';
import {
  coverRange,
  emptyPeriod,
  mergePeriod,
  type PeriodTally,
  type SummaryDelta,
  type Tally,
} from '../invoice/index.js';
import { inSnapshot } from './snapshot.js';
import { SummaryCache } from './summary-cache.js';
import { Summary, SummaryDeltaRecord } from './summary.schema.js';
import { fromDecimal } from './values.js';

/** An inclusive range of days (`YYYY-MM-DD`, UTC); null: no bound. */
export interface DayRange {
  from: string | null;
  to: string | null;
}

export interface DayTally extends Tally {
  day: string;
}

/** What the lines of a range add up to. The same object may be given to several callers, who must not change it. */
export interface SummaryReading {
  /** The days that have lines, oldest first. */
  days: DayTally[];
  sum: PeriodTally;
  /** The newest day that has lines, in the range or not; null: there are no lines at all. */
  newestDay: string | null;
}

type Head = Omit<Summary, 'breakdown'>;

/** The compacted summaries and the deltas that wait, of one snapshot. */
interface Parts {
  heads: readonly Head[];
  deltas: readonly SummaryDelta[];
  /** Other parts have another mark. */
  mark: string;
}

/** Readings kept while nothing is stored: those of the ranges that people look at. */
const READINGS_MAX = 16;

/**
 * Reads exact sums. Compaction moves deltas into summaries in one transaction, so both are read on one snapshot: each
 * line counts exactly once whenever a reading is made.
 */
@Injectable()
export class SummaryReader {
  private readonly cache = new SummaryCache();
  private readonly readings = new Map<string, SummaryReading>();
  private heads: { versions: string; heads: readonly Head[] } = { versions: '', heads: [] };

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(Summary.name) private readonly summaries: Model<Summary>,
    @InjectModel(SummaryDeltaRecord.name) private readonly deltas: Model<SummaryDeltaRecord>,
  ) {}

  /** The sums of the range. @throws StoreUnavailableError */
  async read(range: DayRange): Promise<SummaryReading> {
    return inSnapshot(this.connection, async (session) => {
      const parts = await this.parts(session);
      const key = `${range.from} ${range.to} ${parts.mark}`;
      const kept = this.readings.get(key);
      if (kept !== undefined) return kept;
      const periods = coverRange(range.from, range.to, knownDays(parts.heads));
      const sum = emptyPeriod();
      for (const tally of await this.tallies(parts.heads, new Set(periods), session)) mergePeriod(sum, tally);
      for (const delta of parts.deltas) {
        for (const [day, tally] of delta) if (isWithin(day, range)) mergePeriod(sum, tally);
      }
      return this.keep(key, { days: daysOf(parts, range), sum, newestDay: newestDayOf(parts) });
    });
  }

  /** The days that have lines and what each adds up to, oldest first; cheaper than `read`. @throws StoreUnavailableError */
  async days(range: DayRange): Promise<DayTally[]> {
    return daysOf(await inSnapshot(this.connection, (session) => this.parts(session)), range);
  }

  private async parts(session: ClientSession): Promise<Parts> {
    const waiting = await this.deltas.collection
      .find<SummaryDeltaRecord & { _id: string }>({}, { session, projection: { partition: 1, delta: 1 } })
      .toArray();
    const { deltas, mark } = this.cache.decodeDeltas(waiting);
    const { versions, heads } = await this.readHeads(session);
    return { heads, deltas, mark: `${versions} ${mark}` };
  }

  /** Everything but the breakdowns. Each compaction gives `all` a new version, so the last answer is often still good. */
  private async readHeads(session: ClientSession): Promise<{ versions: string; heads: readonly Head[] }> {
    const projection = { partition: 1, version: 1 };
    const all = await this.summaries.collection.find<Head>({ period: 'all' }, { session, projection }).toArray();
    const versions = all
      .map(({ partition, version }) => `${partition}:${version}`)
      .sort()
      .join();
    if (versions === this.heads.versions) return this.heads;
    const found = this.summaries.collection.find<Head>({}, { session, projection: { breakdown: 0 } });
    const heads = (await found.toArray()).sort((a, b) =>
      a.period < b.period ? -1 : a.period > b.period ? 1 : a.partition - b.partition,
    );
    this.heads = { versions, heads };
    return this.heads;
  }

  private keep(key: string, reading: SummaryReading): SummaryReading {
    this.readings.set(key, reading);
    const [oldest] = this.readings.keys();
    if (this.readings.size > READINGS_MAX && oldest !== undefined) this.readings.delete(oldest);
    return reading;
  }

  /** The breakdowns of the periods, older ones first; only those that are not kept decoded are read. */
  private async tallies(
    heads: readonly Head[],
    periods: ReadonlySet<string>,
    session: ClientSession,
  ): Promise<PeriodTally[]> {
    const wanted = heads.filter(({ period }) => periods.has(period));
    const tallies = new Map<string, PeriodTally>();
    for (const { _id, version } of wanted) {
      const kept = this.cache.period(_id, version);
      if (kept !== undefined) tallies.set(_id, kept);
    }
    const missing = wanted.filter(({ _id }) => !tallies.has(_id)).map(({ _id }) => _id);
    if (missing.length > 0) {
      const projection = { period: 1, version: 1, breakdown: 1 };
      const found = this.summaries.collection.find<Summary>({ _id: { $in: missing } } as object, {
        session,
        projection,
      });
      for await (const { _id, period, version, breakdown } of found) {
        tallies.set(_id, this.cache.keepPeriod(_id, period, version, breakdown));
      }
    }
    return wanted.map(({ _id }) => tallies.get(_id) ?? emptyPeriod());
  }
}

const DAY_CHARS = 'YYYY-MM-DD'.length;

function knownDays(heads: readonly Head[]): { first: string; last: string } | null {
  const days = heads.filter(({ period }) => period.length === DAY_CHARS);
  const first = days[0]?.period;
  const last = days.at(-1)?.period;
  return first === undefined || last === undefined ? null : { first, last };
}

function daysOf({ heads, deltas }: Parts, range: DayRange): DayTally[] {
  const days = new Map<string, DayTally>();
  const add = (day: string, { revenue, lines, units, invoices }: Tally) => {
    const sum = days.get(day);
    if (sum === undefined) return days.set(day, { day, revenue, lines, units, invoices });
    sum.revenue += revenue;
    sum.lines += lines;
    sum.units += units;
    sum.invoices += invoices;
    return days;
  };
  for (const head of heads) {
    const { period } = head;
    if (period.length === DAY_CHARS && isWithin(period, range)) {
      add(period, { ...head, revenue: fromDecimal(head.revenue) });
    }
  }
  for (const delta of deltas) for (const [day, tally] of delta) if (isWithin(day, range)) add(day, tally);
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

function newestDayOf({ heads, deltas }: Parts): string | null {
  let newest = knownDays(heads)?.last ?? null;
  for (const delta of deltas) for (const day of delta.keys()) if (newest === null || day > newest) newest = day;
  return newest;
}

function isWithin(day: string, { from, to }: DayRange): boolean {
  return (from === null || from <= day) && (to === null || day <= to);
}
