import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeItem, encodeItem } from '../../src/invoice/index.js';
import { canonicalItem } from './arbitraries.js';

const OPTIONS = { dateOrder: 'mdy' } as const;
const bodyError = (message: string) => ({ ok: false, errors: [{ field: 'body', message }], isNoItem: true });

describe('an item on the wire', () => {
  it('is encoded as JSON.stringify would, whatever its texts hold', () => {
    const anyText = fc.string({ unit: 'binary' });
    const anyItem = fc.record({
      InvoiceNo: anyText,
      StockCode: anyText,
      Description: fc.option(anyText),
      Quantity: fc.integer(),
      InvoiceDate: anyText,
      UnitPrice: anyText,
      CustomerID: fc.option(fc.maxSafeInteger()),
      Country: fc.oneof(anyText, fc.constantFrom('"', '\\', '\u007f', '\ud800', '\u2028')),
    });
    fc.assert(
      fc.property(fc.oneof(anyItem, canonicalItem), (item) => {
        expect(encodeItem(item)).toBe(JSON.stringify(item));
      }),
      { numRuns: 2000 },
    );
  });

  it('comes back from bytes as from text', () => {
    fc.assert(
      fc.property(canonicalItem, (item) => {
        const text = encodeItem({ ...item, Description: 'tea \ufffd 😀' });
        const expected = { ok: true, item: { ...item, Description: 'tea \ufffd 😀' }, eventId: null };
        expect(decodeItem(text, OPTIONS)).toEqual(expected);
        expect(decodeItem(Buffer.from(text), OPTIONS)).toEqual(expected);
        expect(decodeItem(new TextEncoder().encode(text), OPTIONS)).toEqual(expected);
      }),
    );
  });

  it.each(['{', '{"InvoiceNo":NaN}', 'undefined', '{}{}', "{'a':1}", '\ufeff{}', '[1,]'])(
    'says of %j that it is not JSON',
    (text) => {
      expect(decodeItem(text, OPTIONS)).toEqual(bodyError('is not JSON'));
      expect(decodeItem(Buffer.from(text), OPTIONS)).toEqual(bodyError('is not JSON'));
    },
  );

  it('says what else is wrong with a whole record', () => {
    expect(decodeItem(null, OPTIONS)).toEqual(bodyError('is empty'));
    expect(decodeItem(Buffer.alloc(0), OPTIONS)).toEqual(bodyError('is empty'));
    expect(decodeItem(Buffer.from([0x22, 0xff, 0x22]), OPTIONS)).toEqual(bodyError('is not UTF-8'));
    expect(decodeItem('"text"', OPTIONS)).toEqual(bodyError('must be a JSON object'));
  });

  it('survives any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(decodeItem(bytes, OPTIONS).ok).toBe(false)));
    expect(decodeItem('['.repeat(1_000_000), OPTIONS).ok).toBe(false);
  });
});
