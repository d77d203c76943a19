import { DEAD_LETTER_SCHEMAS } from './dead-letter-schemas.js';
import { arrayOf, nullable, page, record, ref, type Schema, type Schemas } from './parts.js';

const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const whole: Schema = { type: 'integer' };
const time: Schema = { type: 'string', format: 'date-time' };
const money: Schema = { type: 'string', pattern: '^-?[0-9]+\\.[0-9]{2,4}$', example: '15.30' };
const customer = nullable('integer', { minimum: 1, description: 'null for a guest' });
const kind: Schema = { type: 'string', enum: ['sale', 'cancellation', 'adjustment'] };

const fieldError: Schema = {
  type: 'object',
  properties: { field: text, message: text, line: { type: 'integer', minimum: 1 } },
  required: ['field', 'message'],
};

const invoices: Schemas = {
  Line: record({
    ...{ eventId: text, stockCode: text, description: nullable('string'), quantity: whole },
    ...{ invoiceDate: time, unitPrice: money, amount: money },
  }),
  Invoice: record({
    ...{ invoiceNo: text, kind, customerId: customer, country: text, invoiceDate: time },
    ...{ lines: arrayOf(ref('Line')), lineCount: count, units: whole, total: money },
  }),
  InvoiceList: page(
    record({
      ...{ invoiceNo: text, customerId: customer, invoiceDate: time, total: money },
      ...{ kind, country: text, lineCount: count },
    }),
  ),
  Customer: record({
    ...{ customerId: { type: 'integer', minimum: 1 }, country: text, invoices: count, lines: count, units: whole },
    ...{ revenue: money, cancellations: count, firstInvoiceDate: time, lastInvoiceDate: time },
  }),
  Summary: record({
    totals: record({ revenue: money, invoices: count, customers: count, lines: count }),
    byDay: arrayOf(record({ day: { type: 'string', format: 'date' }, revenue: money, invoices: count, lines: count })),
    byCountry: arrayOf(record({ country: text, revenue: money, invoices: count, lines: count, units: whole })),
    byProduct: arrayOf(
      record({ stockCode: text, description: nullable('string'), revenue: money, units: whole, lines: count }),
    ),
    byCustomer: arrayOf(record({ customerId: whole, revenue: money, invoices: count, lines: count })),
  }),
};

const engine = record({ state: { type: 'string', enum: ['up', 'down'] }, message: nullable('string') });
const reasons = arrayOf(record({ partition: count, reason: text }));
const rate: Schema = { type: 'number', minimum: 0 };

const pipeline: Schemas = {
  Pipeline: record({
    partitions: arrayOf(
      record({
        ...{ topic: text, partition: count, endOffset: count, storeOffset: nullable('integer'), outputOffset: count },
        lag: nullable('integer', { minimum: 0, description: 'counted from the older of the two positions' }),
      }),
    ),
    batches: arrayOf(
      record({
        ...{ number: count, partition: count, fromOffset: count, toOffset: count, records: count },
        ...{ stored: count, duplicates: count, deadLetters: count, durationMs: rate, at: time },
      }),
    ),
    deadLetters: nullable('integer', { minimum: 0 }),
    warnings: arrayOf(text),
    rates: record({ eventsInPerSecond: rate, eventsOutPerSecond: rate, batchesPerSecond: rate }),
    engines: record({
      ...{ kafka: engine, store: engine },
      consumer: record({
        state: { type: 'string', enum: ['off', 'starting', 'running', 'crashed', 'stopped'] },
        ...{ message: nullable('string'), assigned: arrayOf(count), waiting: reasons, stopped: reasons },
      }),
    }),
  }),
  Trail: record({
    ...{ receipt: text, eventId: text, invoiceNo: nullable('string') },
    ...{ receivedAt: nullable('string', { format: 'date-time' }), requestId: nullable('string') },
    ...{ topic: text, partition: count, offset: count },
    state: { type: 'string', enum: ['waiting', 'stored', 'duplicate', 'dead-letter'] },
    before: nullable('integer', { minimum: 0, description: 'records before it, while it waits' }),
    batch: orNull(record({ number: count, at: time, fromOffset: count, toOffset: count })),
    invoice: nullable('string', { description: 'address of the invoice' }),
    duplicateOf: orNull(record({ partition: count, offset: count, receipt: text })),
    deadLetter: nullable('string', { description: 'address of the dead letter' }),
    replayOf: nullable('string', { description: 'address of the dead letter that it is a replay of' }),
    replays: arrayOf(record({ at: time, trail: text })),
    links: record({ self: text, page: text }),
  }),
};

const operation: Schemas = {
  Problem: {
    type: 'object',
    description: 'RFC 9457',
    properties: {
      ...{ type: { type: 'string', format: 'uri-reference' }, title: text, status: whole, detail: text },
      errors: arrayOf(fieldError),
    },
    required: ['type', 'title', 'status', 'detail'],
  },
  About: record({
    name: text,
    version: text,
    installation: { type: ['string', 'null'] },
    links: { type: 'object', additionalProperties: { type: 'string' } },
  }),
  Live: record({ status: { type: 'string', enum: ['ok'] } }),
  Ready: record({
    status: { type: 'string', enum: ['ok', 'error', 'shutting_down'] },
    details: {
      type: 'object',
      additionalProperties: { type: 'object', required: ['status'], properties: { status: text } },
    },
  }),
};

/** The shapes of every answer but those of ingest, whose own decorators tell them. */
export const SCHEMAS: Schemas = { ...invoices, ...pipeline, ...DEAD_LETTER_SCHEMAS, ...operation };

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}
