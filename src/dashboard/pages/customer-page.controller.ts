import { Controller, Get, Header, Param, Query as QueryParameters } from '@nestjs/common';
import { problem, ProblemException } from '../../problem.js';
import { CustomerReader } from '../../store/index.js';
import { customerAnswer, invoiceListItem } from '../api/answers.js';
import { customerIdOf, encodeCursor, placeOf, type Query } from '../api/query.js';
import { Views } from './views.js';

const PAGE_INVOICES = 50;

@Controller('dashboard/customers')
export class CustomerPageController {
  constructor(
    private readonly customers: CustomerReader,
    private readonly views: Views,
  ) {}

  /** What a customer's invoices add up to, and the invoices, newest first, page by page. */
  @Get(':customerId')
  @Header('content-type', 'text/html; charset=utf-8')
  async page(@Param('customerId') text: string, @QueryParameters() query: Query): Promise<string> {
    const after = placeOf(query);
    const customerId = customerIdOf(text);
    const totals = customerId === null ? null : await this.customers.totals(customerId);
    if (customerId === null || totals === null) {
      const detail =
        customerId === null ? 'This is not a customer number.' : `No invoice of customer ${customerId} is stored.`;
      throw new ProblemException(problem(404, detail));
    }
    const { invoices, next } = await this.customers.invoicesOf(customerId, after, PAGE_INVOICES);
    const path = `/dashboard/customers/${customerId}`;
    const newestHref = after === null ? null : path;
    const olderHref = next === null ? null : `${path}?cursor=${encodeCursor(next)}`;
    return this.views.render('customer', {
      title: `Customer ${customerId}`,
      search: { customerId: String(customerId) },
      customer: customerAnswer(totals),
      invoices: invoices.map(invoiceListItem),
      newestHref,
      olderHref,
      hasPages: newestHref !== null || olderHref !== null,
    });
  }
}
