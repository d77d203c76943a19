/** An exact amount, in ten-thousandths of the currency unit: 2.55 is 25500n. */
export type Money = bigint;

const PLAIN_DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d{1,4})?$/;
/** Every integer of this many characters, sign included, is a safe JavaScript number. */
const SAFE_DIGITS_MAX = 15;

/**
 * Reads plain decimal text with at most four decimals: `2.55`, `-11062.06`, `3`. Exact for any length.
 * @throws TypeError for anything else: a plus sign, needless leading zeros, an exponent, a fifth decimal, spaces.
 */
export function parseMoney(text: string): Money {
  if (!PLAIN_DECIMAL.test(text)) throw new TypeError('not a plain decimal with at most four decimals');
  const point = text.indexOf('.');
  const scaled = point === -1 ? text + '0000' : text.slice(0, point) + text.slice(point + 1).padEnd(4, '0');
  // BigInt is made from a number several times faster than from text.
  return scaled.length <= SAFE_DIGITS_MAX ? BigInt(Number(scaled)) : BigInt(scaled);
}

/** Writes an amount with two to four decimals, without needless zeros beyond two: `2.55`, `0.001`, `3.00`, `-0.50`. */
export function formatMoney(money: Money): string {
  return formatScaled(money);
}

/** `formatMoney` for an amount whose ten-thousandths are given as an integer of either kind. */
export function formatScaled(scaled: bigint | number): string {
  const negative = scaled < 0;
  const digits = String(negative ? -scaled : scaled).padStart(5, '0');
  let end = digits.length;
  while (end > digits.length - 2 && digits.charCodeAt(end - 1) === 48) end--;
  const point = digits.length - 4;
  return (negative ? '-' : '') + digits.slice(0, point) + '.' + digits.slice(point, end);
}

/** What a line is worth: exact, whatever the size. `quantity` must be an integer. */
export function amountOf(quantity: number, unitPrice: Money): Money {
  return BigInt(quantity) * unitPrice;
}
