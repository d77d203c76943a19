/** What the yardsticks that answer HTTP check of a line. */
export const item = {
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
