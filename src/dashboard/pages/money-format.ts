import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../../config.js';

/** The minus sign is as wide as a digit, a hyphen is not. */
const MINUS = '\u2212';
/** Money has at most four decimals. */
const DECIMALS_MAX = 4;

/** Writes amounts in the currency of the settings; the pages are English, whatever the server's own language is. */
@Injectable()
export class MoneyFormat {
  /** ISO 4217, such as GBP. */
  readonly code: string;
  /** In words, such as British Pound. */
  readonly name: string;
  private readonly exactly: Intl.NumberFormat;
  private readonly roundly: Intl.NumberFormat;
  private readonly shortly: Intl.NumberFormat;

  constructor(@Inject(SETTINGS) { dashboard: { currency } }: Settings) {
    const style = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const;
    this.code = currency;
    this.name = new Intl.DisplayNames('en-GB', { type: 'currency' }).of(currency) ?? currency;
    this.exactly = new Intl.NumberFormat('en-GB', { ...style, maximumFractionDigits: DECIMALS_MAX });
    this.roundly = new Intl.NumberFormat('en-GB', style);
    this.shortly = new Intl.NumberFormat('en-GB', {
      ...{ ...style, notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 2 },
    });
  }

  /** Exact decimal text of any length, never rounded: `-11062.06` is −£11,062.06. */
  exact(amount: string): string {
    // Given as text, no digit goes through a floating-point number.
    return this.exactly.format(amount as Intl.StringNumericLiteral).replace('-', MINUS);
  }

  /** With as many decimals as the currency has, for sums that are looked at rather than added up: £5,761,931.38. */
  rounded(amount: string): string {
    return this.roundly.format(amount as Intl.StringNumericLiteral).replace('-', MINUS);
  }

  /** For the axis of a chart: 1500000 is £1.5m. */
  short(units: number): string {
    return this.shortly.format(units).replace('-', MINUS);
  }
}
