import { Controller, Get, Header, Param } from '@nestjs/common';
import { formatMoney, type Money } from '../../invoice/index.js';
import { problem, ProblemException } from '../../problem.js';
import { type MonthTally, SummaryReader } from '../../store/index.js';
import { type Chart, INVOICES, timeChart, UNITS_SOLD } from './chart.js';
import { MoneyFormat } from './money-format.js';
import { timelineOf } from './timeline.js';
import { Views } from './views.js';

/** What a product or a country sold over time: from the summaries, whatever the number of invoices. */
@Controller('dashboard')
export class SeriesPageController {
  constructor(
    private readonly summaries: SummaryReader,
    private readonly money: MoneyFormat,
    private readonly views: Views,
  ) {}

  @Get('products/:stockCode')
  @Header('content-type', 'text/html; charset=utf-8')
  async product(@Param('stockCode') stockCode: string): Promise<string> {
    const months = await this.summaries.months('products', stockCode);
    if (months.length === 0)
      throw new ProblemException(problem(404, `Nothing of product ${stockCode} was sold so far.`));
    const description = months.find((month) => month.description !== null)?.description ?? null;
    return this.views.render('series', {
      title: description ?? stockCode,
      kind: 'Product',
      note: description === null ? null : stockCode,
      ...figuresOf(months),
      chart: this.chartOf(months, true),
    });
  }

  @Get('countries/:country')
  @Header('content-type', 'text/html; charset=utf-8')
  async country(@Param('country') country: string): Promise<string> {
    const months = await this.summaries.months('countries', country);
    if (months.length === 0) throw new ProblemException(problem(404, `Nothing was sold to ${country} so far.`));
    return this.views.render('series', {
      title: country,
      kind: 'Country',
      note: null,
      isCountry: true,
      ...figuresOf(months),
      chart: this.chartOf(months, false),
    });
  }

  /** A bar leads to the whole shop's month. */
  private chartOf(months: readonly MonthTally[], isProduct: boolean): Chart | null {
    const days = months.map(({ month, ...tally }) => ({ day: `${month}-01`, ...tally }));
    return timeChart(timelineOf(days, 'month'), isProduct ? UNITS_SOLD : INVOICES, this.money, ({ from, to }) => {
      return `/dashboard?from=${from}&to=${to}`;
    });
  }
}

/** The whole of a series. */
export function figuresOf(months: readonly MonthTally[]) {
  const sum = (of: (month: MonthTally) => number) => months.reduce((all, month) => all + of(month), 0);
  const revenue = months.reduce<Money>((all, month) => all + month.revenue, 0n);
  return {
    revenue: formatMoney(revenue),
    units: sum(({ units }) => units),
    lines: sum(({ lines }) => lines),
    invoices: sum(({ invoices }) => invoices),
    first: months[0]?.month ?? null,
    last: months.at(-1)?.month ?? null,
    best: months.reduce((a, b) => (b.revenue > a.revenue ? b : a)).month,
  };
}
