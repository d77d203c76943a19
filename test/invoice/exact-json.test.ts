import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasLongNumber } from '../../src/invoice/exact-json.js';
import { decodeItem, parseExactJson } from '../../src/invoice/index.js';

const ITEM = {
  ...{ InvoiceNo: 536365, StockCode: '22423', Description: null, Quantity: 6, InvoiceDate: '12/1/2010 8:26' },
  ...{ UnitPrice: 2.55, CustomerID: 17850, Country: 'France' },
};
/** The item with this spelling of a number. */
const spelt = (field: string, number: string) =>
  JSON.stringify({ ...ITEM, [field]: '#' }).replace(`"${field}":"#"`, `"${field}" : ${number}\n`);

describe('a number with more digits than a double holds', () => {
  it.each([
    ['UnitPrice', '2.55000000000000000001'],
    ['UnitPrice', '-0.12340000000000000001'],
    ['Quantity', '6.0000000000000000001'],
    ['Quantity', '5.99999999999999999999'],
    ['CustomerID', '17850.00000000000000001'],
    ['InvoiceNo', '536365.00000000000000001'],
    ['UnitPrice', '1e-400'],
    ['UnitPrice', '-1E-400'],
    ['UnitPrice', '1e+400'],
    ['Quantity', '6e-0400'],
  ])('is judged as it was sent: %s %s', (field, number) => {
    expect(decodeItem(spelt(field, number), { dateOrder: 'mdy' })).toMatchObject({ ok: false, errors: [{ field }] });
  });

  it.each([
    ['UnitPrice', '2.5500000000000000000000', '2.55'],
    ['UnitPrice', '2.550000000000000000e0', '2.55'],
    ['Quantity', '6.00000000000000000000', 6],
    ['CustomerID', '17850.000000000000000000', 17850],
  ])('is good where the digits are zeros: %s %s', (field, number, canonical) => {
    const verdict = decodeItem(spelt(field, number), { dateOrder: 'mdy' });
    expect(verdict).toMatchObject({ ok: true, item: { [field]: canonical } });
  });

  it('is read in a time in proportion to its length', () => {
    const startedAtMs = performance.now();
    decodeItem(spelt('UnitPrice', `1.${'0'.repeat(900_000)}1`), { dateOrder: 'mdy' });
    decodeItem(spelt('UnitPrice', `1${'0.'.repeat(450_000)}1`), { dateOrder: 'mdy' });
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  });

  it('is left alone in text and in other fields', () => {
    const text = '{"Description":"\\"UnitPrice\\": 2.55000000000000000001, ","StockCode":12345678901234567890 }';
    expect(parseExactJson(text)).toEqual(JSON.parse(text));
  });
});

it('a row of sixteen digits and points is found wherever it stands', () => {
  const piece = fc.oneof(
    fc.stringMatching(/^[\d.]{1,20}$/),
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.constantFrom(' ', '-'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      expect(hasLongNumber(text)).toBe(/[\d.]{16}/.test(text));
    }),
  );
});

it('what is JSON stays the same, and what is none stays none', () => {
  const price = fc.constantFrom(
    '"UnitPrice":',
    '"UnitPrice" : 1.00000000000000000001',
    '12345678901234567890',
    ',',
    '}',
    '{',
  );
  const json = fc.oneof(
    fc.json(),
    fc.array(fc.oneof(price, fc.constantFrom('"', '\\', '-', '.', 'e1', ' '))).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(json, (text) => {
      const parsed = attempt(() => JSON.parse(text) as unknown);
      const exact = attempt(() => parseExactJson(text));
      expect(exact.ok).toBe(parsed.ok);
      // Only the type of such a number is another one.
      const told = (value: unknown) =>
        JSON.stringify(value, (_, one: unknown) => (typeof one === 'string' ? Number(one) || one : one));
      if (exact.ok) expect(told(exact.value)).toBe(told(parsed.value));
    }),
    { numRuns: 2_000 },
  );
});

function attempt(parse: () => unknown): { ok: boolean; value?: unknown } {
  try {
    return { ok: true, value: parse() };
  } catch {
    return { ok: false };
  }
}
