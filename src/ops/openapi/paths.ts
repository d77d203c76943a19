import { ISO_DATE } from './date-patterns.js';
import { DEAD_LETTER_PATHS } from './dead-letter-paths.js';
import {
  ALWAYS,
  json,
  pathParameter,
  type Paths,
  queryParameter,
  reading,
  ref,
  type Responses,
  type Schema,
  UNAVAILABLE,
  UNKNOWN,
} from './parts.js';

const text: Schema = { type: 'string' };
const day = (name: string, what: string) =>
  queryParameter(name, `${what}, inclusive: a day, or a date and time of that day`, {
    type: 'string',
    pattern: ISO_DATE,
    example: '2010-12-01',
  });
const limit = (fallback: number, maximum: number) =>
  queryParameter('limit', 'how many', { type: 'integer', minimum: 1, maximum, default: fallback });
const top = queryParameter('top', 'how many products, customers and countries; every country where it is left out', {
  ...{ type: 'integer', minimum: 1, maximum: 1_000 },
});
const cursor = queryParameter('cursor', 'the `next` of the page before', { ...text, minLength: 1 });
const html = { 'text/html': { schema: text } };

/** What an instance with the role `dashboard` answers besides pages. */
export const DASHBOARD_PATHS: Paths = {
  '/': reading('about', 'about', 'What this is and where to go on', {
    responses: {
      200: json('for programs', ref('About')),
      303: { description: 'browsers go to the dashboard', headers: { Location: { schema: text } } },
    },
  }),
  '/api/invoices/{invoiceNo}': reading('invoices', 'getInvoice', 'One invoice with its lines', {
    parameters: [pathParameter('invoiceNo', 'in either case', '536365')],
    responses: { 200: json('the invoice', ref('Invoice')), ...UNKNOWN, ...UNAVAILABLE },
  }),
  '/api/customers/{customerId}': reading('customers', 'getCustomer', "What a customer's invoices add up to", {
    parameters: [pathParameter('customerId', 'a positive integer', '17850')],
    responses: { 200: json('the customer', ref('Customer')), ...UNKNOWN, ...UNAVAILABLE },
  }),
  '/api/customers/{customerId}/invoices': reading('customers', 'listInvoices', "A customer's invoices, newest first", {
    parameters: [pathParameter('customerId', 'a positive integer', '17850'), limit(50, 200), cursor],
    responses: { 200: json('a page', ref('InvoiceList')), ...UNKNOWN, ...UNAVAILABLE },
  }),
  '/api/summary': reading('summary', 'getSummary', 'Exact sums by day, country, product and customer', {
    parameters: [day('from', 'first day'), day('to', 'last day'), top],
    responses: { 200: json('the sums', ref('Summary')), ...UNAVAILABLE },
  }),
};

/** What every instance answers. */
export const OPS_PATHS: Paths = {
  '/api/events': reading('events', 'findEvent', 'Where the record of an event is, by its id and its invoice', {
    parameters: [
      {
        ...queryParameter('invoiceNo', 'the invoice that has it', {
          type: 'string',
          pattern: '^[CAca]?[0-9]{1,12}$',
        }),
        required: true,
      },
      {
        ...queryParameter('eventId', 'the id of the event', { type: 'string', pattern: '^[!-~]{1,256}$' }),
        required: true,
      },
    ],
    responses: { 200: json('its trail', ref('Trail')), ...UNKNOWN, ...UNAVAILABLE },
  }),
  '/api/events/{receipt}': reading('events', 'getEvent', 'Where a record is and what became of it', {
    parameters: [
      pathParameter('receipt', 'from the Location of a post, or topic:partition:offset', 'MCAwIDUzNjM2NSBteS1ldmVudA'),
    ],
    responses: { 200: json('its trail', ref('Trail')), ...UNKNOWN, ...UNAVAILABLE },
  }),
  '/api/pipeline': reading('pipeline', 'getPipeline', 'Positions, micro-batches, rates and engines', {
    responses: { 200: json('as it is now; engines that are down are marked', ref('Pipeline')) },
  }),
  ...DEAD_LETTER_PATHS,
  '/health/live': reading('health', 'getLive', 'Whether the process lives', {
    responses: { 200: json('it does', ref('Live')) },
  }),
  '/health/ready': reading('health', 'getReady', 'Whether it should be sent work', {
    responses: {
      200: json('it should', ref('Ready')),
      503: json('an engine or the consumer is down or stuck, or the process is shutting down', ref('Ready')),
    },
  }),
  '/metrics': reading('health', 'getMetrics', 'Prometheus text format', {
    responses: { 200: { description: 'the metrics', content: { 'text/plain': { schema: text } } } },
  }),
  '/docs': reading('about', 'getDocs', 'This description as a page', {
    responses: { 200: { description: 'the page', content: html } },
  }),
  '/openapi.json': reading('about', 'getOpenApi', 'This description', {
    responses: { 200: json('OpenAPI 3.1', { type: 'object' }) },
  }),
};

/** Besides what ingest's own decorators tell. */
export const INGEST_ALWAYS: Responses = { 414: ALWAYS['414'], 421: ALWAYS['421'], 500: ALWAYS['500'] };
