import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeDelta,
  emptyPeriod,
  encodePieces,
  findCell,
  type PeriodTally,
  type ProductTally,
} from '../../src/invoice/index.js';

const PARTS = ['countries', 'products', 'customers'] as const;

/** Names made of what stands around names in the text. */
const hostile = fc
  .array(fc.constantFrom('"', '\\', '[', ']', ',', '1', '-', 'null', 'é', '你', '\n', ' '), { maxLength: 6 })
  .map((parts) => parts.join(''));
const name = fc.oneof(
  hostile,
  fc.constantFrom('12345', '22423', 'France', ''),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const sums = fc.record({
  revenue: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
  lines: fc.nat(),
  units: fc.integer(),
  invoices: fc.nat(),
});
const product = fc
  .tuple(sums, fc.option(name))
  .map(([tally, description]): ProductTally => ({ ...tally, description }));
const cells = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(name, value), { maxLength: 6 }).map((list) => new Map(list));
const period: fc.Arbitrary<PeriodTally> = fc
  .record({ countries: cells(sums), products: cells(product), customers: cells(sums) })
  .map((parts) => ({ ...emptyPeriod(), ...parts }));

describe('one key of a period', () => {
  it('is found as the whole period has it, and no other is, whatever the names look like', () => {
    fc.assert(
      fc.property(period, fc.array(name, { maxLength: 4 }), (tally, others) => {
        const [text = ''] = encodePieces('2011-05', tally, 1_000_000);
        const whole = decodeDelta(text).get('2011-05') ?? emptyPeriod();
        for (const part of PARTS) {
          const keys = [...PARTS.flatMap((each) => [...tally[each].keys()]), ...others, '],[', ',[', ']]],[['];
          for (const key of keys) {
            const cell = whole[part].get(key);
            expect(findCell(text, part, key)).toEqual(cell === undefined ? undefined : { description: null, ...cell });
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is not taken from text that stands across two names', () => {
    const sums = { revenue: 1n, lines: 1, units: 1, invoices: 0 };
    const products = new Map([
      ['A', { ...sums, description: 'ends like a cell [' }],
      [',[', { ...sums, description: 'x' }],
    ]);
    const [text = ''] = encodePieces('all', { ...emptyPeriod(), products }, 1_000_000);
    expect(findCell(text, 'products', '],[')).toBeUndefined();
    expect(findCell(text, 'products', ',[')).toEqual({ ...sums, description: 'x' });
  });
});
