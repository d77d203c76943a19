/** So many digits in a row, with their point, may be more than a double holds, and so many in an exponent less than it does. */
const BEYOND = /[\d.]{16}|[eE][+-]?\d{3}/;
const NUMBER =
  /("(?:InvoiceNo|Quantity|UnitPrice|CustomerID)"\s*:\s*)(-?(?:0|[1-9]\d*))(\.\d+)?([eE][+-]?\d+)?(?=\s*[,}])/g;
/** Each number of so many digits is told from every other as a double. */
const DOUBLE_DIGITS = 15;
/** And what is closer to 0 than 1e-99 has an exponent of more. */
const DOUBLE_EXPONENT = /^e[+-]?\d{1,2}$/i;
const ZERO = 48;

/**
 * `JSON.parse`, except that a number of an item which has more digits than a double holds, or an exponent of three, comes as
 * its text, so that the rules judge what was sent and not what is next to it. Takes a time in proportion to the text. @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(BEYOND.test(text) ? text.replace(NUMBER, keepDigits) : text);
}

function keepDigits(whole: string, name: string, integer: string, decimals = '', exponent = ''): string {
  let end = decimals.length;
  while (end > 0 && decimals.charCodeAt(end - 1) === ZERO) end -= 1;
  const significant = integer + decimals.slice(0, end) + exponent;
  const isExact = significant.replace(/\D/g, '').length <= DOUBLE_DIGITS;
  return isExact && (exponent === '' || DOUBLE_EXPONENT.test(exponent)) ? whole : `${name}"${significant}"`;
}
