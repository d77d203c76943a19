import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amountOf, formatMoney, parseMoney } from '../../src/invoice/index.js';

/** Decimal text from an integer of ten-thousandths, by the book: always four decimals. */
function fourDecimals(scaled: bigint): string {
  const magnitude = scaled < 0n ? -scaled : scaled;
  return `${scaled < 0n ? '-' : ''}${magnitude / 10_000n}.${(magnitude % 10_000n).toString().padStart(4, '0')}`;
}

describe('money', () => {
  it.each([
    [25_500n, '2.55'],
    [10n, '0.001'],
    [1n, '0.0001'],
    [30_000n, '3.00'],
    [25_000n, '2.50'],
    [-110_620_600n, '-11062.06'],
    [0n, '0.00'],
    [-0n, '0.00'],
    [-1n, '-0.0001'],
    [10_000_000_000_000_000n, '1000000000000.00'],
  ])('writes %s ten-thousandths as %s and reads them back', (scaled, text) => {
    expect(formatMoney(scaled)).toBe(text);
    expect(parseMoney(text)).toBe(scaled);
  });

  it.each(['', ' 1', '1 ', '+1', '01', '-', '.5', '1.', '1.00000', '1e3', '1,5', 'NaN', 'Infinity', '0x1', '١', '1\n'])(
    'refuses to read %j',
    (text) => expect(() => parseMoney(text)).toThrow(TypeError),
  );

  it('comes back exactly, whatever its size, and always has two to four decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (scaled) => {
        const text = formatMoney(scaled);
        expect(text).toMatch(/^-?\d+\.\d{2}(\d?[1-9])?$/);
        expect(parseMoney(text)).toBe(scaled);
        expect(parseMoney(fourDecimals(scaled))).toBe(scaled);
      }),
    );
  });

  it('is worth quantity times price, digit by digit', () => {
    const quantity = fc.integer({ min: -1_000_000, max: 1_000_000 });
    const price = fc.bigInt({ min: -10_000_000_000n, max: 10_000_000_000n });
    fc.assert(
      fc.property(quantity, price, (count, unitPrice) => {
        const amount = amountOf(count, parseMoney(fourDecimals(unitPrice)));
        const expected = fourDecimals(unitPrice * BigInt(count)).replace(/0{1,2}$/, '');
        expect(formatMoney(amount)).toBe(expected);
      }),
    );
  });
});
