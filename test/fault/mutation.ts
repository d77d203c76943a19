import { seeded } from './workload.js';

/** What breaks parsers more often than chance does. */
const TOKENS = [
  ...[
    '"',
    '""',
    '\\',
    '\\u0000',
    '\\ud800',
    ',',
    '\n',
    '\r\n',
    '\r',
    '{',
    '}',
    '[',
    ']',
    ':',
    ' ',
    '\t',
    '\0',
    '\ufeff',
  ],
  ...['null', 'true', 'NaN', '-', '+', '-0', '1e309', '1e-400', '0x10', '99999999999999999999', '.', '0.00001', '٣'],
  ...['2011-02-29', '2/29/2012 24:00', '0000-00-00', '-000001-01-01', '+275760-09-13', 'T', 'Z', '+99:99', '/', ':60'],
  ...['__proto__', 'constructor', 'toString', '"EventId":', '"InvoiceNo":', 'C', 'é', '\u2028', '😀', '%00', '=', ';'],
].map((text) => Buffer.from(text));

/** Inputs that are nearly right: those of the corpus with bytes turned, cut, doubled, and put together. */
export class Mutator {
  readonly random: () => number;

  constructor(
    seed: number,
    private readonly corpus: readonly (Buffer | string)[],
  ) {
    this.random = seeded(seed);
  }

  /** A whole number below the limit. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  next(bytesMax = 4_000): Buffer {
    let input = this.pick();
    for (let turns = this.below(6); turns > 0; turns -= 1) input = this.mutated(input);
    return input.subarray(0, bytesMax);
  }

  text(charsMax = 1_000): string {
    return this.next(charsMax).toString('utf8');
  }

  private pick(): Buffer {
    return Buffer.from(this.corpus[this.below(this.corpus.length)] ?? '');
  }

  private mutated(input: Buffer): Buffer {
    const at = this.below(input.length + 1);
    const to = Math.min(input.length, at + this.below(20));
    const token = TOKENS[this.below(TOKENS.length)] ?? Buffer.alloc(0);
    const head = input.subarray(0, at);
    switch (this.below(7)) {
      case 0:
        return Buffer.concat([head, token, input.subarray(at)]);
      case 1:
        return Buffer.concat([head, token, input.subarray(to)]);
      case 2:
        return Buffer.concat([head, input.subarray(to)]);
      case 3:
        return Buffer.concat([head, Buffer.from([this.below(256)]), input.subarray(at + 1)]);
      case 4:
        return Buffer.concat([
          input.subarray(0, to),
          ...Array<Buffer>(this.below(30)).fill(input.subarray(at, to)),
          input.subarray(to),
        ]);
      case 5:
        return Buffer.concat([head, this.pick().subarray(this.below(20))]);
      default:
        return head;
    }
  }
}
