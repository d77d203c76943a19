import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ITEM_FIELDS, parseItem } from '../../src/invoice/index.js';
import { readThroughDto } from '../../src/ingest/item.dto.js';
import { readSubmission } from '../../src/ingest/submission.js';
import { GOOD_ITEM } from './ingest-app.js';

/** Values that come near to what a field accepts, and values that come near to nothing. */
const nearMiss = fc.oneof(
  fc.constantFrom<unknown>(0, -0, 6, -6, 2.55, 17850, '6', '6.0', '', ' ', null, undefined, true, 1e21, NaN, Infinity),
  fc.constantFrom<unknown>('C536365', '536365abc', '12/1/2010 8:26', '13/1/2010 8:26', '2010-12-01', '2.55555', '1e3'),
  fc.constantFrom<unknown>('a\u0000', '\ud800', ' padded ', 'x'.repeat(33), 'x'.repeat(257), [], {}, [[1]], { a: 1 }),
);
const anyValue = fc.oneof(nearMiss, fc.anything(), fc.string(), fc.double(), fc.integer(), fc.jsonValue());
const hostileKey = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'invoiceNo', '', '\u0000'),
  fc.string(),
  fc.string({ minLength: 65, maxLength: 80 }),
);

const changedItem = fc
  .record({
    changes: fc.dictionary(fc.constantFrom(...ITEM_FIELDS, 'EventId'), anyValue, { maxKeys: 4 }),
    removed: fc.subarray([...ITEM_FIELDS], { maxLength: 2 }),
    extra: fc.array(fc.tuple(hostileKey, fc.jsonValue()), { maxLength: 2 }),
  })
  .map(({ changes, removed, extra }) => {
    const item: Record<string, unknown> = { ...GOOD_ITEM, ...changes };
    for (const name of removed) Reflect.deleteProperty(item, name);
    for (const [key, value] of extra) {
      Object.defineProperty(item, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return item;
  });

describe('the DTO and the plain rules', () => {
  it.each(['mdy', 'dmy'] as const)('come to the same verdict on any field, date order %s', (dateOrder) => {
    fc.assert(
      fc.property(changedItem, (item) => {
        expect(readThroughDto(item, { dateOrder })).toEqual(parseItem(item, { dateOrder }));
      }),
      { numRuns: 3_000 },
    );
  });

  it('come to the same verdict on anything at all', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(readThroughDto(value, { dateOrder: 'mdy' })).toEqual(parseItem(value, { dateOrder: 'mdy' }));
      }),
      { numRuns: 1_000 },
    );
  });

  it('agree on a good item, whose canonical form is the same', () => {
    const verdict = readThroughDto({ ...GOOD_ITEM, EventId: 'e-1' }, { dateOrder: 'mdy' });
    expect(verdict).toEqual(parseItem({ ...GOOD_ITEM, EventId: 'e-1' }, { dateOrder: 'mdy' }));
    expect(verdict).toMatchObject({ ok: true, eventId: 'e-1', item: { InvoiceDate: '2010-12-01T08:26:00Z' } });
  });

  it('never change a prototype', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as unknown;
    readSubmission(hostile, undefined, { dateOrder: 'mdy' });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
