import { Injectable } from '@nestjs/common';
import type { HtmlErrorRenderer, Problem } from '../../problem.js';
import { customerIdOf, invoiceNoOf } from '../api/query.js';
import { type Suggestion, Suggestions } from './suggestions.js';
import { Views } from './views.js';

/** What people see instead of a problem document: what went wrong, and what to try. */
@Injectable()
export class ErrorPages implements HtmlErrorRenderer {
  constructor(
    private readonly views: Views,
    private readonly suggestions: Suggestions,
  ) {}

  async renderError(problem: Problem, path: string): Promise<string> {
    const [, invoiceNo] = /^\/dashboard\/invoices\/([^/?]*)/.exec(path) ?? [];
    const [, customerId] = /^\/dashboard\/customers\/([^/?]*)/.exec(path) ?? [];
    const isMissing = problem.status === 404;
    const search: { invoiceNo?: string; customerId?: string } = {};
    if (invoiceNo !== undefined) search.invoiceNo = decoded(invoiceNo);
    if (customerId !== undefined) search.customerId = decoded(customerId);
    return this.views.render('error', {
      title: isMissing ? 'Not found' : problem.title,
      heading: HEADINGS[problem.status] ?? problem.title,
      problem,
      search,
      isInvoice: isMissing && invoiceNo !== undefined,
      isCustomer: isMissing && customerId !== undefined,
      isMissing,
      nearest: isMissing ? await this.nearest(search) : [],
      isUnauthorized: problem.status === 401 || problem.status === 403,
      isUnavailable: problem.status === 503,
    });
  }

  /** What the number was perhaps meant to be; the page of an error never fails for want of it. */
  private async nearest({ invoiceNo, customerId }: { invoiceNo?: string; customerId?: string }): Promise<Suggestion[]> {
    try {
      const number = invoiceNoOf(invoiceNo ?? '');
      if (number !== null) {
        const near = await this.suggestions.invoicesNear(number);
        return near.length > 0 ? near : await this.suggestions.invoices(number);
      }
      const id = customerIdOf(customerId ?? '');
      return id === null ? [] : await this.suggestions.customersNear(id);
    } catch {
      return [];
    }
  }
}

const HEADINGS: Readonly<Record<number, string>> = {
  400: 'This request has a mistake in it',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  500: 'docstream made a mistake',
  503: 'Not available right now',
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
