import { describe, expect, it } from '@jest/globals';
import { Binary } from 'bson';
import { bytesIn, letterOf, type RawDeadLetter } from '../../src/store/kept-dead-letter.js';

const MB = 1_000_000;

describe('what a dead letter takes in memory', () => {
  it('counts many headers with next to nothing in them', () => {
    const headers = Array.from({ length: 80_000 }, () => ({ key: 'h', value: new Binary() }));
    const raw = { _id: '0:0', key: null, value: null, headers, errors: [], history: [] };
    expect(bytesIn(letterOf(raw as unknown as RawDeadLetter))).toBeGreaterThan(10 * MB);
  });
});
