// Yardstick of single posts: what Fastify alone does with an item, a schema for the body and one for the answer.
import Fastify from 'fastify';
import { report } from './task.mjs';

const item = {
  type: 'object',
  additionalProperties: false,
  required: ['InvoiceNo', 'StockCode', 'Quantity', 'InvoiceDate', 'UnitPrice', 'Country'],
  properties: {
    InvoiceNo: { type: 'string', pattern: '^[CA]?\\d{1,12}$' },
    StockCode: { type: 'string', minLength: 1, maxLength: 32 },
    Description: { type: ['string', 'null'], maxLength: 256 },
    Quantity: { type: 'integer', minimum: -1_000_000, maximum: 1_000_000 },
    InvoiceDate: { type: 'string' },
    UnitPrice: { type: 'number', minimum: -1_000_000, maximum: 1_000_000 },
    CustomerID: { type: ['integer', 'null'] },
    Country: { type: 'string', minLength: 1, maxLength: 64 },
  },
};

const server = Fastify({ forceCloseConnections: true });
server.post('/invoiceitem', { schema: { body: item, response: { 200: item } } }, async (request) => request.body);
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
report({ url: await server.listen({ host: '127.0.0.1', port: 0 }) });
