import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addEncoded,
  addLine,
  decodeDelta,
  emptyPeriod,
  encodeDelta,
  encodePieces,
  type Line,
  mergeDelta,
  mergePeriod,
  type PeriodTally,
  plusPeriod,
  type SummaryDelta,
} from '../../src/invoice/index.js';
import { awkwardText } from './arbitraries.js';

const money = fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n });
const key = fc.oneof(awkwardText, fc.constantFrom('__proto__', 'constructor', '', 'United Kingdom'));
const tally = { revenue: money, lines: fc.nat(), units: fc.integer(), invoices: fc.nat() };
const mapOf = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(key, value), { maxLength: 5 }).map((all) => new Map(all));
const period: fc.Arbitrary<PeriodTally> = fc.record({
  ...tally,
  cancellations: fc.nat(),
  countries: mapOf(fc.record(tally)),
  products: mapOf(fc.record({ ...tally, description: fc.option(awkwardText) })),
  customers: mapOf(fc.record(tally)),
});
const delta: fc.Arbitrary<SummaryDelta> = fc
  .array(fc.tuple(fc.constantFrom('2010-12-01', '2010-12-02', '2011-01-01'), period), { maxLength: 3 })
  .map((days) => new Map(days));

const line = (description: string | null): Line => ({
  eventId: 'e',
  partition: 0,
  offset: 0,
  stockCode: 'P',
  description,
  quantity: 1,
  invoiceDate: '2010-12-01T08:26:00Z',
  unitPrice: 1n,
  amount: 1n,
  customerId: null,
  country: 'France',
});

const textOf = (each: PeriodTally) => encodeDelta(new Map([['all', each]]));

describe('a summary delta', () => {
  it('comes back from text exactly', () => {
    fc.assert(
      fc.property(delta, (given) => {
        const back = decodeDelta(encodeDelta(given));
        expect(back).toEqual(given);
        expect(encodeDelta(back)).toBe(encodeDelta(given));
      }),
    );
  });

  it.each(['', '{', '{}', 'null', '[1]', '[["2010-12-01",["1.5",0,0,0],[],[],[]]]'])(
    'does not come from %j',
    (text) => {
      expect(() => decodeDelta(text)).toThrow(/./);
    },
  );

  it('is added from its text as it would be once it is decoded', () => {
    fc.assert(
      fc.property(period, delta, (older, given) => {
        const text = encodeDelta(given);
        const [direct, merged] = [emptyPeriod(), emptyPeriod()];
        for (const sum of [direct, merged]) mergePeriod(sum, older);
        addEncoded(direct, text);
        for (const each of decodeDelta(text).values()) mergePeriod(merged, each);
        expect(direct).toEqual(merged);
        expect(textOf(direct)).toBe(textOf(merged));
      }),
    );
  });

  it('is a period again once the pieces of its text are merged, none of which is longer than it may be', () => {
    fc.assert(
      fc.property(period, fc.integer({ min: 0, max: 1_500 }), (given, bytesMax) => {
        const pieces = [...encodePieces('all', given, bytesMax)];
        const back = emptyPeriod();
        const keys: string[] = [];
        for (const piece of pieces) {
          const { countries, products, customers, ...sums } = decodeDelta(piece).get('all') ?? emptyPeriod();
          mergePeriod(back, { countries, products, customers, ...sums });
          const own = [countries, products, customers].flatMap((cells, part) =>
            [...cells.keys()].map((of) => part + of),
          );
          keys.push(...own);
          if (own.length > 1) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(bytesMax);
        }
        expect(back).toEqual(given);
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  it('is one piece, with the text that it would have without pieces, when it is not too long', () => {
    fc.assert(
      fc.property(period, (given) => {
        expect([...encodePieces('2010-12', given, 1e6)]).toEqual([encodeDelta(new Map([['2010-12', given]]))]);
      }),
    );
  });

  it('is the same whichever neighbours are merged first', () => {
    fc.assert(
      fc.property(delta, delta, delta, (a, b, c) => {
        const left: SummaryDelta = new Map();
        for (const each of [a, b, c]) mergeDelta(left, each);
        const later: SummaryDelta = new Map();
        for (const each of [b, c]) mergeDelta(later, each);
        const right: SummaryDelta = new Map();
        for (const each of [a, later]) mergeDelta(right, each);
        expect(left).toEqual(right);
      }),
    );
  });

  it('does not change with what it was merged into', () => {
    fc.assert(
      fc.property(delta, delta, (from, more) => {
        const before = encodeDelta(from);
        const into: SummaryDelta = new Map();
        mergeDelta(into, from);
        mergeDelta(into, more);
        expect(encodeDelta(from)).toBe(before);
      }),
    );
  });

  it('added to a period gives what merging gives, and leaves both as they are', () => {
    fc.assert(
      fc.property(period, period, period, (base, added, more) => {
        const [merged, text] = [emptyPeriod(), JSON.stringify([textOf(base), textOf(added)])];
        for (const each of [base, added, more]) mergePeriod(merged, each);
        const sum = plusPeriod(base, added);
        const before = textOf(sum);
        expect(plusPeriod(sum, more)).toEqual(merged);
        expect(textOf(sum)).toBe(before);
        expect(JSON.stringify([textOf(base), textOf(added)])).toBe(text);
      }),
    );
  });

  it('describes a product as its oldest line with a description does', () => {
    const older: SummaryDelta = new Map();
    const newer: SummaryDelta = new Map();
    for (const description of [null, 'first', 'second']) addLine(older, line(description));
    addLine(newer, line('third'));
    mergeDelta(older, newer);
    expect(older.get('2010-12-01')?.products.get('P')).toMatchObject({ description: 'first', lines: 4, revenue: 4n });
    const into = emptyPeriod();
    for (const each of newer.values()) mergePeriod(into, each);
    expect(into.products.get('P')?.description).toBe('third');
  });
});
