import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Types } from 'mongoose';
import { formatMoney } from '../../src/invoice/index.js';
import { fromDecimal, toDecimal } from '../../src/store/values.js';

const money = fc.oneof(
  fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }),
  fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
);

describe('money at rest', () => {
  it('has the very bytes that the driver makes of its text', () => {
    fc.assert(
      fc.property(money, (amount) => {
        const ours = Buffer.from(toDecimal(amount).bytes).toString('hex');
        const theirs = Buffer.from(Types.Decimal128.fromString(formatMoney(amount)).bytes).toString('hex');
        expect(ours).toBe(theirs);
      }),
    );
  });

  it('comes back exactly', () => {
    fc.assert(fc.property(money, (amount) => fromDecimal(toDecimal(amount)) === amount));
  });

  it.each(['0.00', '2.55', '0.001', '-11062.06', '1000000.0000', '1E+2', '5'])(
    'reads %s as a server may write it',
    (text) => {
      expect(formatMoney(fromDecimal(Types.Decimal128.fromString(text)))).toBe(
        { '1000000.0000': '1000000.00', '1E+2': '100.00', '5': '5.00' }[text] ?? text,
      );
    },
  );
});
