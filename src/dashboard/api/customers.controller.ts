import { Controller, Get, Param, Query as QueryParameters } from '@nestjs/common';
import { problem, ProblemException } from '../../problem.js';
import { CustomerReader } from '../../store/index.js';
import { type CustomerAnswer, customerAnswer, type InvoiceListItem, invoiceListItem } from './answers.js';
import { countOf, customerIdOf, encodeCursor, placeOf, type Query } from './query.js';

const PAGE_INVOICES = 50;
const PAGE_INVOICES_MAX = 200;

@Controller('api/customers/:customerId')
export class CustomersController {
  constructor(private readonly customers: CustomerReader) {}

  /** What a customer's invoices add up to. 404 for one without invoices. */
  @Get()
  async totals(@Param('customerId') text: string): Promise<CustomerAnswer> {
    const customerId = customerIdOf(text);
    const totals = customerId === null ? null : await this.customers.totals(customerId);
    if (totals === null) throw unknownCustomer();
    return customerAnswer(totals);
  }

  /** The customer's invoices, newest first, page by page. 404 for a customer without invoices. */
  @Get('invoices')
  async invoices(
    @Param('customerId') text: string,
    @QueryParameters() query: Query,
  ): Promise<{ items: InvoiceListItem[]; next: string | null }> {
    const limit = countOf(query, 'limit', PAGE_INVOICES_MAX, PAGE_INVOICES);
    const after = placeOf(query);
    const customerId = customerIdOf(text);
    if (customerId === null) throw unknownCustomer();
    const { invoices, next } = await this.customers.invoicesOf(customerId, after, limit);
    if (invoices.length === 0 && after === null) throw unknownCustomer();
    return { items: invoices.map(invoiceListItem), next: next === null ? null : encodeCursor(next) };
  }
}

function unknownCustomer(): ProblemException {
  return new ProblemException(problem(404, 'there is no invoice of a customer with this number'));
}
