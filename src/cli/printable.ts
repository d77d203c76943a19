/** What does not print on its own: controls, formats, halves of characters, what Unicode has not assigned, breaks of lines. */
const NOT_PRINTED = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** On one line, and nothing that moves the cursor of a terminal: names and messages hold what somebody sent. */
export function printable(text: string): string {
  return text.replace(NOT_PRINTED, ' ').replace(/ {2,}/g, ' ').trim();
}

/** The same with escapes in place of what does not print, so that nothing is left out. */
export function escaped(text: string): string {
  return text.replace(NOT_PRINTED, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** The same with the escapes of JSON, one for each UTF-16 unit; for text that is JSON, where it stands in strings only. */
export function escapedJson(json: string): string {
  return json.replace(NOT_PRINTED, (char) => {
    const units = Array.from({ length: char.length }, (_, n) => char.charCodeAt(n));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}
