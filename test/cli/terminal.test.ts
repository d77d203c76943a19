import { describe, expect, it } from '@jest/globals';
import { oneLine } from '../../src/cli/cli-error.js';
import { printable } from '../../src/cli/printable.js';
import { jsonOf, lineOf } from '../../src/cli/tail.js';

/** Clears a screen, rings, turns the direction of writing, hides, breaks lines, and is half of a character. */
const HOSTILE = 'a\x1b[2J\x07\u202eb\u200b\u2028c\r\nd\x9b1A\ud800';
const NOT_PRINTED = /[\p{C}\p{Zl}\p{Zp}]/u;

const record = {
  ...{ topic: 'ingestion-topic', partition: 0, offset: 7, timestampMs: 0 },
  key: Buffer.from(HOSTILE),
  headers: [{ name: HOSTILE, value: Buffer.from(HOSTILE) }],
  value: Buffer.from(JSON.stringify({ Description: HOSTILE }) + HOSTILE),
};

describe('what a sender chose, on the terminal of an operator', () => {
  it('has something in it that would move the cursor', () => {
    expect(HOSTILE).toMatch(NOT_PRINTED);
  });

  it('is escaped by tail, which leaves nothing out', () => {
    const line = lineOf(record);
    expect(line).not.toMatch(NOT_PRINTED);
    expect(line).toContain(String.raw`key=a\x1b[2J\x07\u{202e}b\u{200b}\u{2028}c\x0d\x0ad\x9b1A`);
  });

  it('is escaped by tail --json, which says the same to a program', () => {
    const line = jsonOf(record);
    expect(line).not.toMatch(NOT_PRINTED);
    const sent = (bytes: Buffer | null | undefined) => bytes?.toString('utf8');
    const [header] = record.headers;
    expect(JSON.parse(line)).toMatchObject({
      key: sent(record.key),
      headers: [[header?.name, sent(header?.value)]],
      value: sent(record.value),
    });
  });

  it('does not stand in an error, nor in a difference that verify prints', () => {
    for (const text of [oneLine(new Error(HOSTILE)), oneLine(HOSTILE), printable(`invoice 1: ${HOSTILE}`)]) {
      expect(text).not.toMatch(NOT_PRINTED);
      expect(text).toMatch(/a \[2J b c d 1A$/);
    }
  });
});
