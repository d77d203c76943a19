import { describe, expect, it } from '@jest/globals';
import { decodeReceipt, encodeReceipt, type MicroBatch } from '../../src/buffer/index.js';
import { encodeCursor, placeOf } from '../../src/dashboard/api/query.js';
import { encodePlace, readListing } from '../../src/dead-letter-query.js';
import { charsetOf } from '../../src/ingest/bodies.js';
import { BulkIntake } from '../../src/ingest/bulk-intake.js';
import { type LineReader, type LineSink, UnreadableBodyError } from '../../src/ingest/readers/line-reader.js';
import { readerFor } from '../../src/ingest/readers/reader-for.js';
import { requestIdOf } from '../../src/ingest/request-id.js';
import { readSubmission } from '../../src/ingest/submission.js';
import {
  decodeItem,
  encodeItem,
  eventIdRule,
  invoiceDateRule,
  type Item,
  parseItem,
  quantityRule,
  Refusal,
  unitPriceRule,
} from '../../src/invoice/index.js';
import { ProblemException } from '../../src/problem.js';
import { decodeBatch } from '../../src/processing/decode.js';
import { FakeAppender } from '../ingest/fake-appender.js';
import { Mutator } from './mutation.js';

/** Of each target. A long run: DOCSTREAM_TEST_FUZZ_RUNS=1000000 npm test -- test/fault/fuzz.test.ts */
const RUNS = Number(process.env['DOCSTREAM_TEST_FUZZ_RUNS'] ?? 4_000);
const SEED = Number(process.env['DOCSTREAM_TEST_FUZZ_SEED'] ?? 1);
/** No input of a few thousand bytes may take longer, on a machine that has other things to do. */
const INPUT_MS_MAX = 2_000;
const LINE_BYTES_MAX = 2_000;
const OPTIONS = { dateOrder: 'mdy' } as const;

const ITEM = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART',
  Quantity: 6,
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: 2.55,
  CustomerID: 17850,
  Country: 'United Kingdom',
};
const TEXT = JSON.stringify(ITEM);
const HEADER = Object.keys(ITEM).join(',');
const ROW = Object.values(ITEM).join(',');
const DATES = ['12/1/2010 8:26', '2010-12-01T08:26:00Z', '2010-12-01', '1-2-2011 23:59:59', '2011-02-28T10:00+05:30'];
const NUMBERS = ['6', '-12', '1.0', '2.55', '0.001', '-11062.06', '100000', '+3', '1e2'];
const RECEIPT = encodeReceipt({ partition: 2, offset: 123_456, invoiceNo: 'C536365', eventId: 'key:17' });

/** Runs the target on that many inputs; a failure names the input. */
function fuzz(corpus: readonly (Buffer | string)[], target: (mutator: Mutator) => void): void {
  const mutator = new Mutator(SEED, corpus);
  for (let run = 0; run < RUNS; run += 1) {
    const startedAtMs = performance.now();
    try {
      target(mutator);
    } catch (error) {
      throw new Error(`run ${run} of seed ${SEED}`, { cause: error });
    }
    const ms = performance.now() - startedAtMs;
    if (ms > INPUT_MS_MAX) throw new Error(`run ${run} of seed ${SEED} took ${Math.round(ms)} ms`);
  }
}

/** What was accepted is in canonical form: read again, it is the same. */
function expectCanonical(item: Item): void {
  const text = encodeItem(item);
  expect(decodeItem(text, OPTIONS)).toMatchObject({ ok: true, item });
}

describe('a fuzzed', () => {
  it('JSON item is accepted in canonical form, or refused with a reason', () => {
    fuzz([TEXT, '{}', '[]', 'null', '"x"', '1'], (mutator) => {
      const input = mutator.next();
      const verdict = decodeItem(input, OPTIONS);
      if (verdict.ok) expectCanonical(verdict.item);
      else expect(verdict.errors.length).toBeGreaterThan(0);
    });
  });

  it('post is judged the same by the DTO and by the plain rules', () => {
    fuzz([TEXT], (mutator) => {
      let body: unknown;
      try {
        body = JSON.parse(mutator.text());
      } catch {
        return;
      }
      const key = mutator.below(3) === 0 ? mutator.text(300) : undefined;
      const verdict = readSubmission(body, key, OPTIONS);
      if (verdict.ok) expectCanonical(verdict.item);
      else expect(verdict.errors.length).toBeGreaterThan(0);
      if (key === undefined) expect(verdict.ok).toBe(parseItem(body, OPTIONS).ok);
    });
  });

  it.each([
    ['application/x-ndjson', [`${TEXT}\n${TEXT}\n`, `\ufeff${TEXT}\r\n\r\n${TEXT}`]],
    ['application/json', [`[${TEXT},${TEXT}]`, '[]', `[ ${TEXT} ]`]],
    ['text/csv', [`${HEADER}\n${ROW}\n${ROW}\n`, `${HEADER}\r\n${ROW.replace('WHITE', '"WH""ITE\n"')}`]],
    ['text/csv; charset=windows-1252', [`${HEADER}\n${ROW}\n`]],
  ])('%s body is read to its end, and the same however it is cut', (type, corpus) => {
    fuzz(corpus, (mutator) => {
      const body = mutator.next();
      const whole = readAll(type, [body]);
      const cut = mutator.below(body.length + 1);
      const other = cut + mutator.below(body.length - cut + 1);
      expect(readAll(type, [body.subarray(0, cut), body.subarray(cut, other), body.subarray(other)])).toEqual(whole);
    });
  });

  it('date, quantity, price or event id has a canonical form, or none', () => {
    fuzz([...DATES, ...NUMBERS, 'key:1'], (mutator) => {
      const text = mutator.text(100);
      const rules = [
        (value: unknown) => invoiceDateRule(value, OPTIONS),
        (value: unknown) => invoiceDateRule(value, { dateOrder: 'dmy' }),
        quantityRule,
        unitPriceRule,
        eventIdRule,
      ];
      for (const rule of rules) {
        const value = rule(text);
        if (!(value instanceof Refusal)) expect(rule(value)).toEqual(value);
      }
    });
  });

  it('header is read as something, and what it names is printable', () => {
    fuzz(['text/csv; charset="utf-8"', 'application/json;charset=utf8', 'abc-1'], (mutator) => {
      const text = mutator.text();
      expect(typeof charsetOf(text)).toBe('string');
      expect(requestIdOf({ 'request-id': text })).toMatch(/^[!-~]{1,128}$/);
      try {
        readerFor(text, LINE_BYTES_MAX);
      } catch (error) {
        expect(error).toBeInstanceOf(ProblemException);
      }
    });
  });

  it('receipt or cursor names a place, or is refused', () => {
    const cursor = encodeCursor({ invoiceDate: '2010-12-01T08:26:00Z', invoiceNo: '536365' });
    const place = encodePlace({ at: new Date(1_300_000_000_000), id: 'ingestion-topic:1:2' });
    const raw = ['0 0 1 x', '2010-12-01 1', '1300000000000 x'].map((text) => Buffer.from(text).toString('base64url'));
    fuzz([RECEIPT, cursor, place, ...raw], (mutator) => {
      const text = mutator.text();
      const receipt = decodeReceipt(text);
      if (receipt !== null) expect(encodeReceipt(receipt)).toBe(text);
      for (const read of [
        () => placeOf({ cursor: text }),
        () => readListing({ cursor: text, limit: text, from: text }),
      ]) {
        try {
          read();
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemException);
        }
      }
    });
  });

  it('Kafka record is an item or a dead letter', () => {
    fuzz([TEXT, '', '{}', 'key:1'], (mutator) => {
      const maybe = () => (mutator.below(8) === 0 ? null : mutator.next());
      const names = ['event-id', 'received-at', 'schema-version', 'request-id', mutator.text(20)];
      const headers = new Map(names.map((name) => [name, mutator.next(300)]));
      if (mutator.below(2) === 0) headers.delete('event-id');
      const record = { offset: 7, timestampMs: mutator.below(2) - 1, key: maybe(), value: maybe(), headers };
      const [decoded, ...more] = decodeBatch(batchOf(record), OPTIONS);
      expect(more).toEqual([]);
      if (decoded?.ok === true) expectCanonical(decoded.record.item);
      else expect(decoded?.letter.message).toEqual(expect.stringMatching(/./));
    });
  });
});

describe('an input made to be slow', () => {
  const KIB_64 = 65_536;
  const long = (text: string) => text.repeat(Math.ceil(KIB_64 / text.length)).slice(0, KIB_64);
  const slow = [
    '[',
    '{"a":',
    '"',
    '""',
    ',',
    '\\',
    '\\"',
    ' ',
    '\t',
    '9',
    '0',
    '-',
    '.',
    '1e',
    '/',
    ':',
    'T',
    '\n',
    '\r',
    ';',
    'é',
  ];

  it.each(slow)('of 64 KiB of %j takes linear time in every reader and rule', (piece) => {
    const text = long(piece);
    expectSoon(() => {
      for (const type of ['application/x-ndjson', 'application/json', 'text/csv']) {
        readAll(type, [Buffer.from(text)]);
        readAll(type, [Buffer.from(`[${HEADER}\n${text}`)]);
      }
      for (const value of [text, `1${text}`, `${text}x`, `1${text}x`, `2011-01-01${text}`, `1/1/2011${text}1`]) {
        parseItem(Object.fromEntries(Object.keys(ITEM).map((name) => [name, value])), OPTIONS);
        for (const rule of [quantityRule, unitPriceRule, eventIdRule]) rule(value);
        invoiceDateRule(value, OPTIONS);
        decodeReceipt(value);
        charsetOf(`text/csv;${value}`);
      }
    });
  });

  it.each(['application/x-ndjson', 'application/json', 'text/csv'])(
    'of a line that comes byte by byte takes linear time in %s',
    (type) => {
      const body = Buffer.from(type === 'text/csv' ? `${HEADER}\n"${long('a')}` : `[{"a":"${long('a')}`);
      expectSoon(() => {
        readAll(
          type,
          Array.from(body, (_, at) => body.subarray(at, at + 1)),
          2 * KIB_64,
        );
      });
    },
  );

  it.each([long('['), long('{"a":'), `[${long('[')}`, `{"Quantity":${long('[')}`])(
    'that is nested deep is refused: %#',
    (text) => {
      const seen = readAll('application/x-ndjson', [Buffer.from(`${text}\n${TEXT}\n`)], 2 * KIB_64);
      expect(seen.lines).toEqual([expect.stringMatching(/^refused 1 /), expect.stringMatching(/^taken 2 /)]);
      expect(decodeItem(Buffer.from(text), OPTIONS)).toMatchObject({ ok: false });
    },
  );

  it('is read with bounded memory: of a hundred thousand refused lines a hundred errors are kept', () => {
    const intake = new BulkIntake(new FakeAppender() as never, {
      eventPrefix: 'k',
      requestId: 'r',
      receivedAtMs: 0,
      options: OPTIONS,
    });
    for (let line = 1; line <= 100_000; line += 1) intake.take(line, { [`unknown ${line}`]: 1 });
    expect(intake.tally).toMatchObject({ rejected: 100_000, accepted: 0 });
    expect(intake.tally.errors).toHaveLength(100);
    expect(intake.hasBatch).toBe(false);
  });
});

function expectSoon(task: () => void): void {
  const startedAtMs = performance.now();
  task();
  expect(performance.now() - startedAtMs).toBeLessThan(2 * INPUT_MS_MAX);
}

/** What a reader makes of a body, in short; an unreadable body is told as such. */
function readAll(type: string, chunks: readonly Buffer[], lineBytesMax = LINE_BYTES_MAX): { lines: string[] } {
  const lines: string[] = [];
  const sink: LineSink = {
    take: (line, value) => {
      const verdict = parseItem(value, OPTIONS);
      if (verdict.ok) expectCanonical(verdict.item);
      lines.push(`taken ${line} ${JSON.stringify(value).slice(0, 500)}`);
    },
    refuse: (line, message) => lines.push(`refused ${line} ${message}`),
  };
  const reader: LineReader = readerFor(type, lineBytesMax)(sink);
  try {
    for (const chunk of chunks) if (!reader.broken) reader.read(Buffer.from(chunk));
    if (!reader.broken) reader.end();
  } catch (error) {
    if (!(error instanceof UnreadableBodyError)) throw error;
    lines.push(`unreadable ${error.line} ${error.errors.map(({ field, message }) => `${field} ${message}`).join()}`);
  }
  return { lines };
}

function batchOf(record: MicroBatch['records'][number]): MicroBatch {
  const place = { topic: 'ingestion-topic', partition: 0, fromOffset: 7, nextOffset: 8, endOffset: 8 };
  return { ...place, records: [record], assignment: { generation: 1 }, heartbeat: () => Promise.resolve() };
}
