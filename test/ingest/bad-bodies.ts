import { GOOD_ITEM } from './ingest-app.js';

/** [what is wrong, the body as sent, the fields that the answer names]. */
export type BadBody = [what: string, body: string, fields: string[]];

const raw = (what: string, body: string): BadBody => [what, body, ['body']];
const field = (name: string, ...values: unknown[]): BadBody[] =>
  values.map((value) => [
    `${name} ${JSON.stringify(value)?.slice(0, 40)}`,
    JSON.stringify({ ...GOOD_ITEM, [name]: value }),
    [name],
  ]);
const without = (name: keyof typeof GOOD_ITEM): BadBody => [
  `an item without ${name}`,
  JSON.stringify({ ...GOOD_ITEM, [name]: undefined }),
  [name],
];
const spliced = (what: string, text: string, fields: string[]): BadBody => [
  what,
  `{${text},${JSON.stringify(GOOD_ITEM).slice(1)}`,
  fields,
];

export const BAD_BODIES: BadBody[] = [
  raw('an empty body', ''),
  raw('blanks', '  '),
  raw('half an object', '{"InvoiceNo":'),
  raw('no JSON', 'InvoiceNo=536365'),
  raw('a trailing comma', '{"InvoiceNo":"1",}'),
  raw('two objects', '{}{}'),
  raw('NaN', JSON.stringify(GOOD_ITEM).replace('2.55', 'NaN')),
  raw('Infinity', JSON.stringify(GOOD_ITEM).replace('2.55', 'Infinity')),
  raw('a raw line break in a string', JSON.stringify(GOOD_ITEM).replace('WHITE', 'WH\nITE')),
  raw('an array', '[]'),
  raw('an array of items', JSON.stringify([GOOD_ITEM])),
  raw('null', 'null'),
  raw('a number', '12'),
  raw('a string', '"536365"'),
  raw('true', 'true'),
  raw('thirty thousand brackets', '['.repeat(30_000) + ']'.repeat(30_000)),
  ['an empty object', '{}', ['InvoiceNo', 'StockCode', 'Quantity', 'InvoiceDate', 'UnitPrice', 'Country']],
  ...(['InvoiceNo', 'StockCode', 'Quantity', 'InvoiceDate', 'UnitPrice', 'Country'] as const).map(without),
  ...field('InvoiceNo', '', '536365abc', 'B536365', 'CC1', '1234567890123', -1, 1.5, true, null, ['536365'], {}),
  ...field('StockCode', '', '   ', 'x'.repeat(33), 85123, 'a\u0000b', 'a\ud800', '\u2028', null, ['x']),
  ...field('Description', 'x'.repeat(257), 'a\tb', 'a\u007f', '\udc00', 7, false, {}, []),
  ...field('Quantity', 0, '0', -0.5, 1.5, '1e3', '', ' 6', 1_000_001, -1_000_001, true, null, [6], {}, '\u0666'),
  ...field('InvoiceDate', '', '12/2/2010 8:26232sa', '2/30/2010 8:26', '13/1/2010 8:26', '2011-02-29', 0, null, '8:26'),
  ...field(
    'InvoiceDate',
    '12/1/2010 24:00',
    '2010-12-01T08:26:60Z',
    '2010-12-01T08:26:00+25:00',
    '12/1/10 8:26',
    [],
    {},
  ),
  ...field('UnitPrice', '', '2,55', 2.55555, '2.55555', 1_000_000.01, '1e2', '0x10', true, null, [], {}, ' 2.55', 1e-7),
  ...field('CustomerID', 0, -1, 1.5, '17850.5', 'guest', true, [], {}, 2 ** 53),
  ...field('Country', '', ' ', 'x'.repeat(65), 44, 'a\u0001', null, {}),
  ...field('EventId', '', 'has blank', 'x'.repeat(257), 5, '\u00e9', {}),
  ...field('Extra', 1),
  ...field('constructor', {}),
  ...field('prototype', {}),
  ...field('hasOwnProperty', 1),
  ...field('invoiceNo', '536365'),
  spliced('__proto__', '"__proto__":{"InvoiceNo":"1"}', ['__proto__']),
  spliced('__proto__ of null', '"__proto__":null', ['__proto__']),
  spliced('a nested __proto__', '"x":{"__proto__":{"y":1}}', ['x']),
  [
    'several bad fields',
    JSON.stringify({ ...GOOD_ITEM, Quantity: 0, Country: '', Zip: 1 }),
    ['Quantity', 'Country', 'Zip'],
  ],
];
