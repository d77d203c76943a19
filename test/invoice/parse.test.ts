import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeItem, encodeItem, ITEM_FIELDS, parseItem, Refusal, RULES } from '../../src/invoice/index.js';
import { awkwardText, rawItem } from './arbitraries.js';

const OPTIONS = { dateOrder: 'mdy' } as const;
const LINE = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: 6,
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: 2.55,
  CustomerID: 17850,
  Country: 'United Kingdom',
};
const CANONICAL = { ...LINE, InvoiceDate: '2010-12-01T08:26:00Z', UnitPrice: '2.55' };

const errorsOf = (value: unknown) => {
  const verdict = parseItem(value, OPTIONS);
  return verdict.ok ? [] : verdict.errors;
};
const badFields = (value: unknown) => errorsOf(value).map(({ field }) => field);

describe('parsing an item', () => {
  it('brings the line of the contract into canonical form', () => {
    expect(parseItem(LINE, OPTIONS)).toEqual({ ok: true, item: CANONICAL, eventId: null });
  });

  it('takes a guest, with and without the field', () => {
    const { CustomerID, Description, ...rest } = LINE;
    expect([CustomerID, Description]).toHaveLength(2);
    expect(parseItem(rest, OPTIONS)).toMatchObject({ ok: true, item: { CustomerID: null, Description: null } });
  });

  it('hands out the event id beside the item', () => {
    expect(parseItem({ EventId: 'e1', ...LINE }, OPTIONS)).toEqual({ ok: true, item: CANONICAL, eventId: 'e1' });
    expect(badFields({ ...LINE, EventId: 'e 1' })).toEqual(['EventId']);
  });

  it.each([null, undefined, 1, 'text', true, [], [LINE], 1n, () => LINE])('refuses %p as a whole', (value) => {
    expect(errorsOf(value)).toEqual([{ field: 'body', message: 'must be a JSON object' }]);
  });

  it('names every bad field in field order, then the event id, then the unknown ones', () => {
    const all = Object.fromEntries([...ITEM_FIELDS].reverse().map((field) => [field, true]));
    expect(badFields({ extra: 1, EventId: '', ...all, more: 2 })).toEqual([...ITEM_FIELDS, 'EventId', 'extra', 'more']);
    expect(badFields({})).toEqual(['InvoiceNo', 'StockCode', 'Quantity', 'InvoiceDate', 'UnitPrice', 'Country']);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'invoiceno', 'Quantity '])(
    'refuses the unknown key %s and is not changed by it',
    (key) => {
      const value: unknown = JSON.parse(`${JSON.stringify(LINE).slice(0, -1)},${JSON.stringify(key)}:{"polluted":1}}`);
      expect(errorsOf(value)).toEqual([{ field: key, message: 'is not a field of an item' }]);
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
  );

  it('names a key without what does not print, and never at length', () => {
    expect(badFields({ ...LINE, ['a\u0000\n\u200bb']: 1 })).toEqual(['ab']);
    expect(badFields({ ...LINE, ['']: 1 })).toEqual(['(unnamed)']);
    expect(badFields({ ...LINE, ['k'.repeat(1000)]: 1 })).toEqual(['k'.repeat(64)]);
    expect(badFields({ ...LINE, [`${'k'.repeat(63)}😀`]: 1 })).toEqual(['k'.repeat(63)]);
  });

  it('canonicalises twice as it does once', () => {
    let accepted = 0;
    fc.assert(
      fc.property(rawItem, (raw) => {
        const once = parseItem(raw, OPTIONS);
        if (!once.ok) return;
        accepted++;
        expect(parseItem(once.item, OPTIONS)).toEqual({ ok: true, item: once.item, eventId: null });
        expect(decodeItem(encodeItem(once.item), OPTIONS)).toEqual({ ok: true, item: once.item, eventId: null });
      }),
      { numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(700);
  });

  it('says of any value in any field what the rule of that field says, and never throws', () => {
    const value = fc.oneof(fc.anything(), fc.jsonValue(), awkwardText, fc.double(), fc.integer());
    fc.assert(
      fc.property(fc.constantFrom(...ITEM_FIELDS), value, (field, given) => {
        const verdict = RULES[field](given, OPTIONS);
        const expected = verdict instanceof Refusal ? [{ field, message: verdict.message }] : [];
        expect(errorsOf({ ...LINE, [field]: given })).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on any value at all', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        expect(parseItem(value, OPTIONS).ok).toBe(false);
      }),
    );
  });
});
