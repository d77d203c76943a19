import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventIdRule, type Item, Refusal, RULES } from '../../src/invoice/index.js';
import { rawPrice } from './arbitraries.js';

const OPTIONS = { dateOrder: 'mdy' } as const;
const WRONG_TYPES = [
  true,
  false,
  [],
  ['1'],
  {},
  { toString: () => '1' },
  1n,
  Symbol('1'),
  () => '1',
  NaN,
  Infinity,
  -Infinity,
];

const GOOD: Record<Exclude<keyof Item, 'InvoiceDate'>, [value: unknown, canonical: unknown][]> = {
  InvoiceNo: [
    ['536365', '536365'],
    [536365, '536365'],
    ['c536379', 'C536379'],
    ['A563185', 'A563185'],
    ['a1', 'A1'],
    ['000000000001', '000000000001'],
    [0, '0'],
    [999_999_999_999, '999999999999'],
  ],
  StockCode: [
    ['85123A', '85123A'],
    ['  post ', 'post'],
    ['BANK CHARGES', 'BANK CHARGES'],
    ['\u00a0é\u00a0', 'é'],
    ['😀'.repeat(32), '😀'.repeat(32)],
    [`${' '.repeat(100)}M`, 'M'],
  ],
  Description: [
    [undefined, null],
    [null, null],
    ['', null],
    [' kept  as is ', ' kept  as is '],
    ['😀'.repeat(256), '😀'.repeat(256)],
    ['x'.repeat(256), 'x'.repeat(256)],
    ['line\u2028separator', 'line\u2028separator'],
  ],
  Quantity: [
    [6, 6],
    ['6', 6],
    ['6.0', 6],
    ['+6.', 6],
    ['-0012.000', -12],
    [-1_000_000, -1_000_000],
    ['1000000', 1_000_000],
    [6.0, 6],
  ],
  UnitPrice: [
    [2.55, '2.55'],
    ['2.55', '2.55'],
    ['+2.5', '2.50'],
    ['-11062.06', '-11062.06'],
    [0, '0.00'],
    [-0, '0.00'],
    ['-0', '0.00'],
    ['-0.0000', '0.00'],
    [0.0001, '0.0001'],
    ['0.0010', '0.001'],
    [1_000_000, '1000000.00'],
    ['001000000.0000', '1000000.00'],
    [999_999.9999, '999999.9999'],
    [3, '3.00'],
  ],
  CustomerID: [
    [17850, 17850],
    ['17850', 17850],
    ['17850.0', 17850],
    ['17850.', 17850],
    ['000017850', 17850],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    [undefined, null],
    [null, null],
    ['', null],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ],
  Country: [
    ['United Kingdom', 'United Kingdom'],
    [' EIRE ', 'EIRE'],
    ['漢'.repeat(64), '漢'.repeat(64)],
  ],
};

const BAD: Record<Exclude<keyof Item, 'InvoiceDate'>, unknown[]> = {
  InvoiceNo: [
    ...['', ' ', '536365abc', ' 536365', '536365 ', '536365\n', 'B536365', 'CC536365', 'C', '5-3', '-1', '1.0', '１'],
    ...['1234567890123', 'C1234567890123', -1, 1.5, 1e12, 1e300, 'ſ1', null, undefined],
  ],
  StockCode: [
    ...['', ' ', '\u00a0', 'x'.repeat(33), '😀'.repeat(33), 'a\tb', '\n85123A', '85123A\u0000', 'a\u200bb', '\ufeffa'],
    ...['\ud800', 'a\udc00', 'a\u2028', '\u2029a', 'a\u007f', 'a\u0085', '\ue000', 85123, null, undefined],
  ],
  Description: ['a\tb', 'a\nb', '\u0000', '\ud83d', 'a\udc00b', 'a\u0085', 'x'.repeat(257), '😀'.repeat(257), 1, 0],
  Quantity: [
    ...[0, -0, '0', '-0', '0.0', 1.5, '1.5', '6.01', '6e0', '', ' 6', '6 ', '1,000', '0x6', '--6', '.0', 'six', '６'],
    ...[1_000_001, -1_000_001, '1000001', '9'.repeat(400), 1e300, null, undefined],
  ],
  UnitPrice: [
    ...[
      2.55555,
      '2.55555',
      1e-7,
      5e-324,
      '1e3',
      '1e-3',
      '',
      ' 2.55',
      '2.55 ',
      '2,55',
      '.5',
      '2.',
      '£2.55',
      '0x1',
      'NaN',
    ],
    ...[1_000_000.0001, '1000000.0001', -1_000_001, 1e21, '9'.repeat(400), 'Infinity', '--1', '２', null, undefined],
  ],
  CustomerID: [
    ...[0, -1, 1.5, '0', '0.0', '-17850', '+17850', '17850.5', ' 17850', '17850 ', ' ', 'nobody', '1e3', '１'],
    ...['9007199254740992', '9'.repeat(400), 2 ** 53, 1e300],
  ],
  Country: [
    ...[
      '',
      ' ',
      '\u3000',
      'x'.repeat(65),
      'a\tb',
      '\nFrance',
      'France\u0000',
      '\ud800',
      'a\u0085',
      44,
      null,
      undefined,
    ],
  ],
};

type Field = keyof typeof GOOD;
const fields = Object.keys(GOOD) as Field[];
const judge = (field: Field, value: unknown): unknown => RULES[field](value, OPTIONS);

describe('the rule of each field', () => {
  it.each(fields)('%s accepts what the contract lists, in canonical form', (field) => {
    for (const [value, canonical] of GOOD[field]) expect([value, judge(field, value)]).toEqual([value, canonical]);
  });

  it.each(fields)('%s leaves what is canonical as it is', (field) => {
    for (const [, canonical] of GOOD[field]) expect(judge(field, canonical)).toEqual(canonical);
  });

  it.each(fields)('%s refuses everything else, in words that do not repeat the value', (field) => {
    for (const value of [...BAD[field], ...WRONG_TYPES]) {
      const verdict = judge(field, value);
      expect([value, verdict]).toEqual([value, expect.any(Refusal)]);
      const { message } = verdict as Refusal;
      expect(message).toMatch(value === undefined || value === null ? /^is required$/ : /^must /);
      if (typeof value === 'string' && value.trim().length > 3) expect(message).not.toContain(value);
    }
  });

  it('UnitPrice accepts a number exactly when its shortest spelling has at most four decimals', () => {
    const double = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double(), rawPrice.map(Number));
    fc.assert(
      fc.property(double, (price) => {
        const spelling = String(Math.abs(price));
        const fine = /^\d+(\.\d{1,4})?$/.test(spelling) && Math.abs(price) <= 1e6;
        const verdict = judge('UnitPrice', price);
        expect(verdict instanceof Refusal).toBe(!fine);
        if (fine) expect(Number(verdict)).toBe(price + 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('UnitPrice keeps every decimal of a text', () => {
    fc.assert(
      fc.property(rawPrice, (price) => {
        const [, sign, whole, decimals = ''] = /^([+-]?)0*(\d+)\.?(\d*)$/.exec(String(price)) ?? [];
        const kept = decimals.replace(/0+$/, '').padEnd(2, '0');
        const zero = Number(price) === 0;
        expect(judge('UnitPrice', price)).toBe(`${sign === '-' && !zero ? '-' : ''}${whole}.${kept}`);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the rule of an event id', () => {
  it.each(['1', 'a'.repeat(256), '!~', 'KEY:1', 'ingestion-topic:0:12'])('accepts %j', (id) =>
    expect(eventIdRule(id)).toBe(id),
  );
  it.each([undefined, null])('takes %s for none', (id) => expect(eventIdRule(id)).toBeNull());
  it.each(['', ' ', 'a b', 'é', 'a\n', '\u007f', 'a'.repeat(257), 1, true, [], {}])('refuses %j', (id) =>
    expect(eventIdRule(id)).toBeInstanceOf(Refusal),
  );
});
