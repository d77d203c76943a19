/** How the bytes of a text body become characters. */
export interface TextDecoding {
  /** Bytes may be no UTF-8, and must be asked. */
  readonly utf8: boolean;
  decode(bytes: Buffer): string;
}

/** The decoding for a charset in lower case, null for one that is not known here. */
export function textDecodingOf(charset: string): TextDecoding | null {
  return DECODINGS.get(charset) ?? null;
}

const UTF8: TextDecoding = { utf8: true, decode: (bytes) => bytes.toString('utf8') };
const LATIN1: TextDecoding = { utf8: false, decode: (bytes) => bytes.toString('latin1') };

/** Windows-1252 differs from ISO 8859-1 in these 32 places; five of them stand for nothing and stay control characters. */
const FROM_0X80 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

// Not TextDecoder: some Node.js versions read windows-1252 as ISO 8859-1.
const WINDOWS_1252: TextDecoding = {
  utf8: false,
  decode: (bytes) =>
    bytes.toString('latin1').replace(/[\u0080-\u009f]/g, (char) => FROM_0X80.charAt(char.charCodeAt(0) - 0x80)),
};

const DECODINGS: ReadonlyMap<string, TextDecoding> = new Map([
  ['utf-8', UTF8],
  ['us-ascii', UTF8],
  ['iso-8859-1', LATIN1],
  ['latin1', LATIN1],
  ['windows-1252', WINDOWS_1252],
  ['cp1252', WINDOWS_1252],
]);
