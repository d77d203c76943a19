import { Controller, Get, Header, Param, Query as QueryParameters, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { problem, ProblemException } from '../../problem.js';
import { CustomerReader, type InvoicePlace, SummaryReader } from '../../store/index.js';
import { customerAnswer, invoiceListItem } from '../api/answers.js';
import { customerIdOf, encodeCursor, placeOf, type Query } from '../api/query.js';
import { INVOICES, timeChart } from './chart.js';
import { invoiceListCsv } from './csv.js';
import { MoneyFormat } from './money-format.js';
import { timelineOf } from './timeline.js';
import { Views } from './views.js';

const PAGE_INVOICES = 50;
const CSV_INVOICES = 500;

@Controller('dashboard/customers')
export class CustomerPageController {
  constructor(
    private readonly customers: CustomerReader,
    private readonly summaries: SummaryReader,
    private readonly money: MoneyFormat,
    private readonly views: Views,
  ) {}

  /** All invoices of a customer as a CSV file, newest first, sent as they are read. */
  @Get(':customerId.csv')
  @Header('content-type', 'text/csv; charset=utf-8')
  async csv(
    @Param('customerId') text: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const customerId = customerIdOf(text);
    const first = customerId === null ? null : await this.customers.invoicesOf(customerId, null, PAGE_INVOICES);
    if (customerId === null || first === null || first.invoices.length === 0) throw unknown(customerId);
    void reply.header('content-disposition', `attachment; filename="customer-${customerId}.csv"`);
    return new StreamableFile(Readable.from(this.csvParts(customerId, first)));
  }

  private async *csvParts(
    customerId: number,
    first: Awaited<ReturnType<CustomerReader['invoicesOf']>>,
  ): AsyncGenerator<string> {
    yield invoiceListCsv(first.invoices.map(invoiceListItem), true);
    for (let next: InvoicePlace | null = first.next; next !== null;) {
      const page = await this.customers.invoicesOf(customerId, next, CSV_INVOICES);
      yield invoiceListCsv(page.invoices.map(invoiceListItem), false);
      next = page.next;
    }
  }

  /** What a customer's invoices add up to, and the invoices, newest first, page by page. */
  @Get(':customerId')
  @Header('content-type', 'text/html; charset=utf-8')
  async page(@Param('customerId') text: string, @QueryParameters() query: Query): Promise<string> {
    const after = placeOf(query);
    const customerId = customerIdOf(text);
    if (customerId === null) throw unknown(customerId);
    const months = after === null ? await this.summaries.series('customers', String(customerId)) : [];
    const about = months.reduce((sum, month) => sum + month.invoices, 0);
    const shown = await this.customers.page(customerId, { after, limit: PAGE_INVOICES, about });
    if (shown === null) throw unknown(customerId);
    const { totals, invoices, next } = shown;
    const days = months.map(({ period, ...tally }) => ({ day: `${period}-01`, ...tally }));
    const path = `/dashboard/customers/${customerId}`;
    const newestHref = after === null ? null : path;
    const olderHref = next === null ? null : `${path}?cursor=${encodeCursor(next)}`;
    return this.views.render('customer', {
      title: `Customer ${customerId}`,
      search: { customerId: String(customerId) },
      customer: customerAnswer(totals),
      // One bar says no more than the figures above it.
      chart: days.length < 2 ? null : timeChart(timelineOf(days, 'month'), INVOICES, this.money, null),
      invoices: invoices.map(invoiceListItem),
      newestHref,
      olderHref,
      hasPages: newestHref !== null || olderHref !== null,
    });
  }
}

function unknown(customerId: number | null): ProblemException {
  const detail =
    customerId === null ? 'This is not a customer number.' : `No invoice of customer ${customerId} is stored.`;
  return new ProblemException(problem(404, detail));
}
