import { Controller, Get, Query as QueryParameters, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ProblemError, ProblemException } from '../../problem.js';
import { type DayRange, type DayTally, SummaryReader } from '../../store/index.js';
import { type SummaryAnswer, summaryAnswer } from '../api/answers.js';
import { type Query, rangeOf } from '../api/query.js';
import { revenueChart } from './chart.js';
import { rankings } from './rankings.js';
import { Views } from './views.js';

const TOP = 10;
const DAY_MS = 86_400_000;
const ALL: DayRange = { from: null, to: null };

@Controller('dashboard')
export class OverviewController {
  constructor(
    private readonly summaries: SummaryReader,
    private readonly views: Views,
  ) {}

  /** Revenue, invoices, customers and lines of a range of days. Without any data: how to send some. */
  @Get()
  async page(
    @QueryParameters() query: Query,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    void reply.type('text/html; charset=utf-8');
    const known = await this.summaries.days(ALL);
    const form = rangeForm(query, known);
    const page = { title: 'Overview', section: 'overview' as const, form };
    if (form.errors.length > 0 || form.range === null) {
      void reply.code(400);
      return this.views.render('overview', { ...page, isRefused: true });
    }
    if (known.length === 0) {
      const origin = `${request.protocol}://${request.host}`;
      return this.views.render('overview', { ...page, isEmpty: true, origin });
    }
    const reading = await this.summaries.read(form.range);
    const answer: SummaryAnswer = summaryAnswer(reading, TOP);
    return this.views.render('overview', {
      ...page,
      totals: answer.totals,
      days: { first: reading.days[0]?.day, last: reading.days.at(-1)?.day },
      isNothing: reading.sum.lines === 0,
      chart: revenueChart(reading.days),
      ...rankings(answer),
    });
  }
}

interface RangeForm {
  range: DayRange | null;
  /** What the inputs hold. */
  from: string;
  to: string;
  errors: readonly ProblemError[];
  fromError: string | undefined;
  toError: string | undefined;
  quick: readonly { label: string; href: string; isCurrent: boolean }[];
}

/** The range that is asked for (an empty input is no bound), what is wrong with it, and ranges to pick from. */
function rangeForm(query: Query, known: readonly DayTally[]): RangeForm {
  const given = { from: query.from === '' ? undefined : query.from, to: query.to === '' ? undefined : query.to };
  const [range, errors] = tryRange(given);
  const { from, to } = range ?? ALL;
  const last = known.at(-1)?.day;
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message;
  return {
    range,
    from: from ?? (typeof given.from === 'string' ? given.from : ''),
    to: to ?? (typeof given.to === 'string' ? given.to : ''),
    errors,
    fromError: errorOf('from'),
    toError: errorOf('to'),
    quick: last === undefined ? [] : quickRanges(last, range),
  };
}

function tryRange(query: Query): [range: DayRange | null, errors: readonly ProblemError[]] {
  try {
    return [rangeOf(query), []];
  } catch (error) {
    if (!(error instanceof ProblemException)) throw error;
    return [null, error.problem.errors ?? []];
  }
}

/** Counted back from the newest day that has lines, which need not be today. */
function quickRanges(last: string, range: DayRange | null): RangeForm['quick'] {
  const back = (days: number) => new Date(Date.parse(last) - (days - 1) * DAY_MS).toISOString().slice(0, 10);
  const ranges = [7, 30, 90, 365].map((days) => ({ label: `Newest ${days} days`, from: back(days), to: last }));
  const isCurrent = (from: string | null, to: string | null) => range?.from === from && range.to === to;
  return [
    { label: 'All time', href: '/dashboard', isCurrent: isCurrent(null, null) },
    ...ranges.map(({ label, from, to }) => ({
      label,
      href: `/dashboard?from=${from}&to=${to}`,
      isCurrent: isCurrent(from, to),
    })),
  ];
}
