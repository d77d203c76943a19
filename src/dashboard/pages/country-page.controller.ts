import { Controller, Get, Header, Param } from '@nestjs/common';
import { problem, ProblemException } from '../../problem.js';
import { SummaryReader } from '../../store/index.js';
import { INVOICES, timeChart } from './chart.js';
import { datedMonths, figuresOf } from './figures.js';
import { MoneyFormat } from './money-format.js';
import { timelineOf } from './timeline.js';
import { Views } from './views.js';

/** What was sold to a country over time: from the summaries, whatever the number of invoices. */
@Controller('dashboard/countries')
export class CountryPageController {
  constructor(
    private readonly summaries: SummaryReader,
    private readonly money: MoneyFormat,
    private readonly views: Views,
  ) {}

  @Get(':country')
  @Header('content-type', 'text/html; charset=utf-8')
  async page(@Param('country') country: string): Promise<string> {
    const months = await this.summaries.series('countries', country);
    if (months.length === 0) throw new ProblemException(problem(404, `Nothing was sold to ${country} so far.`));
    // A bar leads to the whole shop's month.
    const chart = timeChart(timelineOf(datedMonths(months), 'month'), INVOICES, this.money, ({ from, to }) => {
      return `/dashboard?from=${from}&to=${to}`;
    });
    return this.views.render('country', { title: country, ...figuresOf(months), chart });
  }
}
