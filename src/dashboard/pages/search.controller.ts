import { Controller, Get, Query as QueryParameters, Redirect, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { customerIdRule } from '../../invoice/index.js';
import { invoiceNoOf, type Query } from '../api/query.js';
import { type Suggestion, Suggestions } from './suggestions.js';

/** Longer than any number; what is longer is cut before it becomes an address. */
const NUMBER_CHARS_MAX = 64;

@Controller('dashboard/search')
export class SearchController {
  constructor(private readonly suggestions: Suggestions) {}

  /** What may be meant by the beginning of a number; none where it can't be one. */
  @Get('suggestions')
  async suggest(
    @QueryParameters() query: Query,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: Suggestion[] }> {
    // What took a key is not to be kept at all.
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'private, max-age=10');
    const invoiceNo = textOf(query.invoiceNo);
    if (invoiceNo !== '') return { items: await this.suggestions.invoices(invoiceNo) };
    return { items: await this.suggestions.customersOf(textOf(query.customerId)) };
  }

  /** The search boxes of every page: sends on to the address of what was asked for, which can be shared. */
  @Get()
  @Redirect('/dashboard', 303)
  search(@QueryParameters() query: Query): { url: string } {
    const invoiceNo = textOf(query.invoiceNo);
    if (invoiceNo !== '')
      return { url: `/dashboard/invoices/${encodeURIComponent(invoiceNoOf(invoiceNo) ?? invoiceNo)}` };
    const customerId = textOf(query.customerId);
    if (customerId === '') return { url: '/dashboard' };
    const canonical = customerIdRule(customerId);
    return {
      url: `/dashboard/customers/${typeof canonical === 'number' ? canonical : encodeURIComponent(customerId)}`,
    };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? [...value.trim()].slice(0, NUMBER_CHARS_MAX).join('') : '';
}
