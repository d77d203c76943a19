/** So many digits in a row, with their point, may be more than a double holds. */
const LONG = /[\d.]{16}/;
const NUMBER =
  /("(?:InvoiceNo|Quantity|UnitPrice|CustomerID)"\s*:\s*)(-?(?:0|[1-9]\d*))(\.\d+)?([eE][+-]?\d+)?(?=\s*[,}])/g;
/** Each number of so many digits is told from every other as a double. */
const DOUBLE_DIGITS = 15;
const ZERO = 48;

/**
 * `JSON.parse`, except that a number of an item which has more digits than a double holds comes as its text, so that the
 * rules judge what was sent and not what is next to it. Takes a time in proportion to the text. @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(LONG.test(text) ? text.replace(NUMBER, keepDigits) : text);
}

function keepDigits(whole: string, name: string, integer: string, decimals = '', exponent = ''): string {
  let end = decimals.length;
  while (end > 0 && decimals.charCodeAt(end - 1) === ZERO) end -= 1;
  const significant = integer + decimals.slice(0, end) + exponent;
  return significant.replace(/\D/g, '').length > DOUBLE_DIGITS ? `${name}"${significant}"` : whole;
}
