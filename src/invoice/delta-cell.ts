import { quote } from './codec.js';
import { decodeTally, type EncodedTally } from './delta-codec.js';
import type { ProductTally } from './summary.js';

/** What summaries are broken down by. */
export type SummaryPart = 'countries' | 'products' | 'customers';

/**
 * What the text of one period, as `encodePieces` writes it, says of one key; undefined: nothing. Everything else in it is
 * passed over, which takes less than a hundredth of the time of `decodeDelta`.
 * @returns a tally of which only products have a description.
 */
export function findCell(text: string, part: SummaryPart, key: string): ProductTally | undefined {
  // [[name, [sums], [countries], [products], [customers], cancellations]]: neither the name nor the sums have another bracket.
  const countries = text.indexOf(']') + ','.length + 1;
  const others = arrayEnd(text, countries);
  const [from, to] = part === 'countries' ? [countries, others] : [others, text.length];
  const opening = `[${quote(key)},["`;
  for (let at = text.indexOf(opening, from); at >= 0 && at < to; at = text.indexOf(opening, at + 1)) {
    // If the first quote were the end of a string, the third were one as well, and no number would follow it.
    if (!/[-\d]/.test(text[at + opening.length] ?? '')) continue;
    const sumsAt = at + opening.length - '["'.length;
    const sumsEnd = text.indexOf(']', sumsAt) + 1;
    // A customer may be called as a product is; only a product has something after its sums.
    const isProduct = text[sumsEnd] === ',';
    if (isProduct !== (part === 'products')) continue;
    const sums = JSON.parse(text.slice(sumsAt, sumsEnd)) as EncodedTally;
    return { ...decodeTally(sums), description: isProduct ? descriptionAt(text, sumsEnd + 1) : null };
  }
  return undefined;
}

function descriptionAt(text: string, at: number): string | null {
  if (text[at] !== '"') return null;
  return JSON.parse(text.slice(at, stringEnd(text, at))) as string;
}

/** Where the array ends that begins here. */
function arrayEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === '[') depth++;
    else if (char === ']' && --depth === 0) return at + 1;
  }
  throw new SyntaxError('the text of a period has no end');
}

/** Where the string ends that begins here: after the first quote with an even number of backslashes before it. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  throw new SyntaxError('the text of a period has no end');
}
