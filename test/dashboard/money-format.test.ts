import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config.js';
import { MoneyFormat } from '../../src/dashboard/pages/money-format.js';

const format = (currency: string) => new MoneyFormat(loadSettings({ DOCSTREAM_CURRENCY: currency }));

describe('money on pages', () => {
  it.each([
    ['GBP', '-11062.06', '\u2212£11,062.06'],
    ['GBP', '1.005', '£1.005'],
    ['GBP', '123456789012345678901234567890.0001', '£123,456,789,012,345,678,901,234,567,890.0001'],
    ['EUR', '2.50', '€2.50'],
    ['JPY', '1200.00', '¥1,200'],
    ['CHF', '0.00', 'CHF\u00a00.00'],
  ])('in %s writes %s as %s', (currency, amount, text) => {
    expect(format(currency).exact(amount)).toBe(text);
  });

  it('is rounded to what the currency has where sums are looked at', () => {
    const rounded = [
      ['GBP', '5761931.382', '£5,761,931.38'],
      ['GBP', '-0.005', '\u2212£0.01'],
      ['JPY', '1200.50', '¥1,201'],
    ] as const;
    for (const [currency, amount, text] of rounded) expect(format(currency).rounded(amount)).toBe(text);
  });

  it('is short on an axis', () => {
    expect(['0', '1500000', '-250'].map((units) => format('USD').short(Number(units)))).toEqual([
      ...['$0', '$1.5m', '\u2212$250'],
    ]);
  });

  it('is in a currency that exists', () => {
    expect(() => format('POUNDS')).toThrow('DOCSTREAM_CURRENCY must be a currency of ISO 4217');
  });
});
