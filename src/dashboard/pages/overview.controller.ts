import { Controller, Get, Query as QueryParameters, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentViewer } from '../../access/viewer.js';
import { type ProblemError, ProblemException } from '../../problem.js';
import { type DayRange, SummaryReader, type SummaryReading } from '../../store/index.js';
import { type SummaryAnswer, summaryAnswer } from '../api/answers.js';
import { type Query, rangeOf } from '../api/query.js';
import { INVOICES, timeChart } from './chart.js';
import { periodBefore, tilesOf } from './comparison.js';
import { MadePages } from './made-pages.js';
import { MoneyFormat } from './money-format.js';
import { Patience, type Reading } from './patience.js';
import { rankings } from './rankings.js';
import { type Period, recentRanges, timelineOf } from './timeline.js';
import { Views } from './views.js';

const TOP = 10;
const ALL: DayRange = { from: null, to: null };
/** A page that is a little behind beats one that waits for a store with a large batch in hand. */
const PATIENCE = { patienceMs: 30, ageMsMax: 5_000, keysMax: 16 };

@Controller('dashboard')
export class OverviewController {
  private readonly readings: Patience<SummaryReading>;
  private readonly pages = new MadePages();

  constructor(
    private readonly summaries: SummaryReader,
    private readonly views: Views,
    private readonly money: MoneyFormat,
  ) {
    this.readings = new Patience((key) => summaries.read(rangeOfKey(key)), PATIENCE);
  }

  /** Revenue, invoices, customers and lines of a range of days. Without any data: how to send some. */
  @Get()
  async page(
    @QueryParameters() query: Query,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    void reply.type('text/html; charset=utf-8');
    const { range, errors } = asked(query);
    const current = await this.read(range ?? ALL);
    const reading = current.value;
    const form = rangeForm(query, range, errors, reading.newestDay);
    const page = { title: 'Overview', section: 'overview' as const, form };
    if (range === null) {
      void reply.code(400);
      return this.views.render('overview', { ...page, isRefused: true });
    }
    if (reading.newestDay === null) {
      const origin = `${request.protocol}://${request.host}`;
      return this.views.render('overview', { ...page, isEmpty: true, origin });
    }
    const before = periodBefore(range, reading);
    const compared = before === null ? null : await this.readings.ask(keyOfRange(before));
    const earlier = compared?.value ?? null;
    const asOf = asOfWhen(compared === null ? [current] : [current, compared]);
    const make = () => this.views.render('overview', { ...page, asOf, before, ...this.figures(reading, earlier) });
    // Whoever has signed in has a name and a token on the page.
    if (currentViewer() !== null) return make();
    return this.pages.of(reading, earlier, `${request.url} ${asOf}`, make);
  }

  private figures(reading: SummaryReading, earlier: SummaryReading | null): object {
    const answer: SummaryAnswer = summaryAnswer(reading, { countries: TOP, others: TOP });
    return {
      tiles: tilesOf(reading, earlier, answer.totals.revenue),
      days: { first: reading.days[0]?.day, last: reading.days.at(-1)?.day },
      isNothing: reading.sum.lines === 0,
      chart: timeChart(timelineOf(reading.days), INVOICES, this.money, daysHref),
      ...rankings(answer),
    };
  }

  /** Nobody who has just sent the first lines wants to be told that there are none. */
  private async read(range: DayRange): Promise<Reading<SummaryReading>> {
    const reading = await this.readings.ask(keyOfRange(range));
    if (reading.isFresh || reading.value.newestDay !== null) return reading;
    return { value: await this.summaries.read(range), at: new Date(), isFresh: true };
  }
}

/** Of which moment the figures are where newer ones may be stored; null: they were read for this page. */
function asOfWhen(readings: readonly { at: Date; isFresh: boolean }[]): string | null {
  if (readings.every(({ isFresh }) => isFresh)) return null;
  return new Date(Math.min(...readings.map(({ at }) => at.getTime()))).toISOString();
}

interface RangeForm {
  /** What the inputs hold. */
  from: string;
  to: string;
  errors: readonly ProblemError[];
  fromError: string | undefined;
  toError: string | undefined;
  quick: readonly { label: string; href: string; isCurrent: boolean }[];
}

/** What is wrong with the range that is asked for, and ranges to pick from. */
function rangeForm(
  query: Query,
  range: DayRange | null,
  errors: readonly ProblemError[],
  newestDay: string | null,
): RangeForm {
  const typed = (value: unknown) => (typeof value === 'string' ? value : '');
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message;
  return {
    from: range?.from ?? typed(query.from),
    to: range?.to ?? typed(query.to),
    errors,
    fromError: errorOf('from'),
    toError: errorOf('to'),
    quick: newestDay === null ? [] : quickRanges(newestDay, range),
  };
}

/** The range that is asked for, an empty input being no bound, or what is wrong with it. */
function asked(query: Query): { range: DayRange | null; errors: readonly ProblemError[] } {
  const orAbsent = (value: unknown) => (value === '' ? undefined : value);
  try {
    return { range: rangeOf({ from: orAbsent(query.from), to: orAbsent(query.to) }), errors: [] };
  } catch (error) {
    if (!(error instanceof ProblemException)) throw error;
    return { range: null, errors: error.problem.errors ?? [] };
  }
}

/** Where a bar leads: its own days. */
function daysHref({ from, to }: Period): string {
  return `/dashboard?from=${from}&to=${to}`;
}

function keyOfRange({ from, to }: DayRange): string {
  return `${from ?? ''} ${to ?? ''}`;
}

function rangeOfKey(key: string): DayRange {
  const [from, to] = key.split(' ');
  return { from: from || null, to: to || null };
}

/** Counted back from the newest day that has lines, which need not be today. */
function quickRanges(last: string, range: DayRange | null): RangeForm['quick'] {
  const isCurrent = (from: string | null, to: string | null) => range?.from === from && range.to === to;
  return [
    { label: 'All time', href: '/dashboard', isCurrent: isCurrent(null, null) },
    ...recentRanges(last).map(({ days, from, to }) => ({
      label: `Last ${days} days`,
      href: `/dashboard?from=${from}&to=${to}`,
      isCurrent: isCurrent(from, to),
    })),
  ];
}
