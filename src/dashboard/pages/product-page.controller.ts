import { Controller, Get, Header, Param, Query as QueryParameters } from '@nestjs/common';
import { formatMoney } from '../../invoice/index.js';
import { problem, ProblemException } from '../../problem.js';
import { type InvoiceOfProduct, type PeriodSum, ProductReader, SummaryReader } from '../../store/index.js';
import { invoiceListItem } from '../api/answers.js';
import { type Query, untilOf } from '../api/query.js';
import { timeChart, UNITS_SOLD } from './chart.js';
import { datedMonths, figuresOf } from './figures.js';
import { formatCount, formatDay } from './helpers.js';
import { MoneyFormat } from './money-format.js';
import { timelineOf } from './timeline.js';
import { Views } from './views.js';

/** A busy product is in more invoices of a day than anybody reads. */
const INVOICES_MAX = 100;

/**
 * What a product sold over time, from the summaries, and the invoices of one day that hold it: the newest day with sales
 * that is not later than `until`.
 */
@Controller('dashboard/products')
export class ProductPageController {
  constructor(
    private readonly summaries: SummaryReader,
    private readonly products: ProductReader,
    private readonly money: MoneyFormat,
    private readonly views: Views,
  ) {}

  @Get(':stockCode')
  @Header('content-type', 'text/html; charset=utf-8')
  async page(@Param('stockCode') stockCode: string, @QueryParameters() query: Query): Promise<string> {
    const until = untilOf(query);
    const months = await this.summaries.series('products', stockCode);
    if (months.length === 0)
      throw new ProblemException(problem(404, `Nothing of product ${stockCode} was sold so far.`));
    const { month, days, day } = await this.dayAt(stockCode, months, until);
    const invoices = day === null ? [] : await this.products.invoicesOn(day, stockCode);
    const description = months.find((one) => one.description !== null)?.description ?? null;
    const hrefOf = (to: string) => `/dashboard/products/${encodeURIComponent(stockCode)}?until=${to}#invoices`;
    return this.views.render('product', {
      title: description ?? stockCode,
      stockCode,
      note: description === null ? null : stockCode,
      ...figuresOf(months),
      chart: timeChart(timelineOf(datedMonths(months), 'month'), UNITS_SOLD, this.money, ({ to }) => hrefOf(to)),
      shownDay: day,
      shownMonth: month,
      invoices: invoices.slice(0, INVOICES_MAX).map(rowOf),
      more: Math.max(0, invoices.length - INVOICES_MAX),
      days: days.map(({ period, units }) => ({
        href: hrefOf(period),
        number: Number(period.slice(8)),
        title: `${formatDay(period)}: ${formatCount(units)} units`,
        isShown: period === day,
      })),
      ...neighboursOf(months, month, hrefOf),
    });
  }

  /** The month and the day to show, and the days of that month with sales. Where none is early enough, the first ones. */
  private async dayAt(stockCode: string, months: readonly PeriodSum[], until: string | null) {
    const isEarly = ({ period }: PeriodSum) => until === null || period <= until.slice(0, period.length);
    const early = months.filter(isEarly);
    for (const { period: month } of early.slice(-2).reverse()) {
      const days = await this.summaries.series('products', stockCode, month);
      const day = days.findLast(isEarly)?.period;
      if (day !== undefined) return { month, days, day };
    }
    const month = months[0]?.period ?? '';
    const days = await this.summaries.series('products', stockCode, month);
    return { month, days, day: days[0]?.period ?? null };
  }
}

function rowOf(invoice: InvoiceOfProduct) {
  const { productUnits: units, productAmount } = invoice;
  const item = invoiceListItem(invoice);
  return { ...item, units, amount: formatMoney(productAmount), time: item.invoiceDate.slice(11, 16) };
}

/** The months with sales before and after the one that is shown. */
function neighboursOf(months: readonly PeriodSum[], month: string, hrefOf: (to: string) => string) {
  const at = months.findIndex(({ period }) => period === month);
  const earlier = months[at - 1]?.period ?? null;
  const later = months[at + 1]?.period ?? null;
  return {
    earlierMonth: earlier,
    earlierHref: earlier === null ? null : hrefOf(earlier),
    laterMonth: later,
    laterHref: later === null ? null : hrefOf(later),
  };
}
