import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mongo } from 'mongoose';
import { bsonBytesAtMost } from '../../src/store/bson-bytes.js';
import { toDecimal } from '../../src/store/values.js';

/** What the store writes is made of. */
const scalars = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }).map(toDecimal),
  fc.constant(new mongo.ObjectId()),
);
const names = fc.string({ unit: fc.constantFrom(...'abcXYZ$_.'), minLength: 1, maxLength: 12 });
const { document } = fc.letrec<{ value: unknown; document: object }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', maxDepth: 4 }, scalars, fc.array(tie('value')), tie('document')),
  document: fc.dictionary(names, tie('value')),
}));

describe('the bytes that a document takes at most', () => {
  it('are never fewer than it takes', () => {
    fc.assert(
      fc.property(document, (value) => {
        expect(bsonBytesAtMost(value)).toBeGreaterThanOrEqual(mongo.BSON.serialize(value).length);
      }),
      { numRuns: 300 },
    );
  });

  it('are not many more where it is bytes', () => {
    const letter = { value: Buffer.alloc(1_000_000), headers: [{ key: 'h', value: Buffer.alloc(1_000) }] };

    expect(bsonBytesAtMost(letter)).toBeLessThan(mongo.BSON.serialize(letter).length + 100);
  });
});
