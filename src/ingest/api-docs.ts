import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  type ApiBodyOptions,
  ApiExtraModels,
  ApiHeader,
  ApiProduces,
  ApiResponse,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { InvoiceItemDto } from './item.dto.js';

type Schema = Exclude<Extract<ApiBodyOptions, { schema: unknown }>['schema'], { $ref: string }>;

/** What OpenAPI says of every ingest call: the headers that it understands and the answers that any of them may get. */
export function ApiIngest(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    ApiTags('ingest'),
    ApiExtraModels(InvoiceItemDto),
    ApiSecurity('bearer'),
    ApiSecurity('apiKey'),
    ApiSecurity({}),
    ApiHeader({
      name: 'Request-Id',
      required: false,
      description: 'Echoed in the answer; X-Request-Id is read as well',
    }),
    problemResponse(401, 'A key is needed and no valid one was sent', { 'WWW-Authenticate': 'How to send a key' }),
    problemResponse(403, 'The key lacks the scope ingest'),
    problemResponse(415, 'Another Content-Type, charset or Content-Encoding'),
    problemResponse(
      429,
      'More requests a second than configured, or too many wrong keys from this address',
      RETRY_AFTER,
    ),
  );
}

/** The header that names what is sent. */
export function ApiIdempotencyKey(description: string, charsMax: number): MethodDecorator {
  const schema = { type: 'string' as const, pattern: `^[!-~]{1,${charsMax}}$` };
  return ApiHeader({ name: 'Idempotency-Key', required: false, description, schema });
}

export function ApiItemAccepted(): MethodDecorator {
  return ApiResponse({
    status: 200,
    description: 'Every in-sync replica has the item',
    headers: {
      'Event-Id': { description: "The event's id", schema: { type: 'string' } },
      Location: { description: 'Where to follow the event', schema: { type: 'string' } },
      'Request-Id': { description: "The request's id", schema: { type: 'string' } },
    },
    content: { 'application/json': { schema: CANONICAL_ITEM } },
  });
}

export function ApiItemRefused(): MethodDecorator {
  return applyDecorators(
    ApiProduces('application/json', 'application/problem+json'),
    problemResponse(400, 'Names every field that cannot be accepted'),
    problemResponse(413, 'The body is larger than 64 KiB'),
    problemResponse(503, 'Kafka cannot take the item now; nothing is known to be stored', RETRY_AFTER),
  );
}

/** What each content type carries is told by ops, for the whole document. */
export function ApiBulkBody(): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'Content-Encoding', required: false, schema: { type: 'string', enum: ['gzip', 'identity'] } }),
    ApiBody({
      required: true,
      description: 'Lines of at most 64 KiB: one JSON item a line, CSV with a header row, or a JSON array of items',
      schema: { type: 'string' },
    }),
  );
}

export function ApiBulkAnswers(): MethodDecorator {
  const tally = { 'application/json': { schema: TALLY } };
  const problem = { 'application/problem+json': { schema: withTally(PROBLEM) } };
  return applyDecorators(
    ApiResponse({ status: 200, description: 'Every line was accepted', content: tally }),
    ApiResponse({ status: 207, description: 'Some lines were refused, the others accepted', content: tally }),
    ApiResponse({ status: 400, description: 'No line could be accepted', content: problem }),
    ApiResponse({
      status: 503,
      description: 'Kafka failed in mid-body; send the same body again with the same Idempotency-Key',
      headers: headersOf(RETRY_AFTER),
      content: problem,
    }),
  );
}

const RETRY_AFTER = { 'Retry-After': 'Seconds to wait' };

const CANONICAL_ITEM: Schema = {
  type: 'object',
  required: ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country'],
  properties: {
    InvoiceNo: { type: 'string', pattern: '^[CA]?[0-9]{1,12}$', example: '536365' },
    StockCode: { type: 'string', example: '85123A' },
    Description: { oneOf: [{ type: 'string' }, { type: 'null' }], example: 'WHITE HANGING HEART T-LIGHT HOLDER' },
    Quantity: { type: 'integer', example: 6 },
    InvoiceDate: { type: 'string', format: 'date-time', example: '2010-12-01T08:26:00Z' },
    UnitPrice: { type: 'string', pattern: '^-?[0-9]+\\.[0-9]{2,4}$', example: '2.55' },
    CustomerID: { oneOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }], example: 17850 },
    Country: { type: 'string', example: 'United Kingdom' },
  },
};

const FIELD_ERROR: Schema = {
  type: 'object',
  required: ['field', 'message'],
  properties: { line: { type: 'integer', minimum: 1 }, field: { type: 'string' }, message: { type: 'string' } },
};

const PROBLEM: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: { type: 'array', items: FIELD_ERROR },
  },
};

const TALLY: Schema = {
  type: 'object',
  required: ['accepted', 'rejected', 'errors'],
  properties: {
    accepted: { type: 'integer', minimum: 0 },
    rejected: { type: 'integer', minimum: 0 },
    errors: { type: 'array', maxItems: 100, items: FIELD_ERROR },
  },
};

function withTally(schema: Schema): Schema {
  return { ...schema, properties: { ...schema.properties, ...TALLY.properties } };
}

function problemResponse(status: number, description: string, headers: Record<string, string> = {}) {
  const content = { 'application/problem+json': { schema: PROBLEM } };
  return ApiResponse({ status, description, headers: headersOf(headers), content });
}

function headersOf(descriptions: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(descriptions).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );
}
