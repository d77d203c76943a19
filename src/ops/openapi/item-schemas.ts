import type { Settings } from '../../config.js';
import { invoiceDatePattern } from './date-patterns.js';
import { ref, type Schema, type Schemas } from './parts.js';

/**
 * The item as its DTO describes it, with the dates that this instance takes and without fields that no item has; and
 * the same as a correction, which keeps the event of its dead letter.
 */
export function itemSchemas(dto: Schema | undefined, { dateOrder }: Settings['ingest']): Schemas {
  const { properties = {}, ...rest } = dto === undefined || '$ref' in dto ? {} : dto;
  const { EventId, ...columns } = properties;
  const InvoiceDate = { ...columns['InvoiceDate'], pattern: invoiceDatePattern(dateOrder) };
  const item = { ...rest, additionalProperties: false };
  return {
    InvoiceItemDto: {
      ...item,
      properties: { ...columns, InvoiceDate, ...(EventId === undefined ? {} : { EventId }) },
    },
    CorrectedItem: { ...item, properties: { ...columns, InvoiceDate } },
  };
}

/** What `POST /invoiceitems` takes, by content type. */
export function bulkContent(): Record<string, { schema: Schema; example?: string }> {
  const lines = { schema: { type: 'string' }, example: `${JSON.stringify(EXAMPLE)}\n` } as const;
  const csv = `${Object.keys(EXAMPLE).join(',')}\n${Object.values(EXAMPLE).join(',')}\n`;
  return {
    'application/json': { schema: { type: 'array', items: ref('InvoiceItemDto'), minItems: 1 } },
    'application/x-ndjson': lines,
    'application/ndjson': lines,
    'application/jsonl': lines,
    'text/csv': { schema: { type: 'string' }, example: csv },
  };
}

const EXAMPLE = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: 6,
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: 2.55,
  CustomerID: 17850,
  Country: 'United Kingdom',
};
