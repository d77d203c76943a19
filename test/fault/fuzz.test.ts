import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import lz4 from 'lz4js';
import snappy from 'snappyjs';
import { decompress } from '../../src/buffer/codecs.js';
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
import { decodeRecord } from '../../src/processing/decode.js';
import { FakeAppender } from '../ingest/fake-appender.js';
import { Mutator } from './mutation.js';

/** Of each target. A long run: TEST_FUZZ_RUNS=1000000 npm test -- test/fault/fuzz.test.ts */
const RUNS = Number(process.env['TEST_FUZZ_RUNS'] ?? 2_000);
const SEED = Number(process.env['TEST_FUZZ_SEED'] ?? 1);
/** No input of a few thousand bytes may take more of a processor's time. */
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
const ZSTD_FRAME = [
  'KLUv/QBYPQkAoswnIFBN2ytHxIWHz6zFxODzDGf9nZV3aVNSUgp1kbuZVtUDmJ4ZN50fpXpK9d993LSLzf6Y2Nsz1R29975r+k+M0HFzPbknqv5j8ybK',
  'lIlYOXEfYKI7QNU5zWoQtPUgHILqItpqj8JDwSHHMEgUyrFglgWTKIeCsSgJp+5hqzWsRuPgDBxyyWo2OnXOAhNgaFg7OOTa17dPHWOcZjGIZzmJ',
  'SKixOcXu/xtwc6QgHRL4ZxBwEPy3sZDgduEBoCQSk1cq1Dn9SkWEoIbXXEoiNVVWLSJyM4lEviYi1jWRipVEJK50WESSrCRiQSxFplHAOghw0/60',
  'b8LEwQgVL3IM3qVkjbskankY08F99EPeyMwoBRxH1mMem1Eu+Iw75KaspJB3Y4CuAg==',
].join('');
const RECEIPT = encodeReceipt({ partition: 2, offset: 123_456, invoiceNo: 'C536365', eventId: 'key:17' });

/** Runs the target on that many inputs; a failure names the input. */
function fuzz(corpus: readonly (Buffer | string)[], target: (mutator: Mutator) => void): void {
  const mutator = new Mutator(SEED, corpus);
  for (let run = 0; run < RUNS; run += 1) {
    const startedAtMs = workedMs();
    try {
      target(mutator);
    } catch (error) {
      throw new Error(`run ${run} of seed ${SEED}`, { cause: error });
    }
    const ms = workedMs() - startedAtMs;
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
      const isNamed = mutator.below(2) === 0;
      const headers = names.map((name) => ({
        name,
        value: name === 'event-id' && !isNamed ? null : mutator.next(300),
      }));
      const record = { offset: 7, timestampMs: mutator.below(2) - 1, key: maybe(), value: maybe(), headers };
      const decoded = decodeRecord(batchOf(record), record, OPTIONS);
      if (decoded.ok) expectCanonical(decoded.record.item);
      else expect(decoded.letter.message).toEqual(expect.stringMatching(/./));
    });
  });
});

describe('compressed data', () => {
  const { GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
  const LIMITS = { bytesMax: 1_000_000, msMax: 1_000 };
  const lines = Buffer.from(`${TEXT}\n`.repeat(30) + ROW.repeat(20));
  const snappyBlock = Buffer.from(snappy.compress(lines));
  const xerial = Buffer.concat([Buffer.from('82534e41505059000000000100000001', 'hex'), sized(snappyBlock)]);
  const lz4Frame = Buffer.from(lz4.compress(lines));
  /** 40 lines, as the Java client compresses them. */
  const zstdFrame = Buffer.from(ZSTD_FRAME, 'base64');

  it.each([
    ['gzip', GZIP, [gzipSync(lines)]],
    ['Snappy', Snappy, [snappyBlock, xerial, Buffer.concat([xerial, xerial])]],
    ['LZ4', LZ4, [lz4Frame, Buffer.from(lz4.compress(Buffer.from(ROW)))]],
    ['Zstandard', ZSTD, [zstdFrame, Buffer.concat([zstdFrame, zstdFrame])]],
  ])('in %s is read within its limits, or refused', async (_name, codec, corpus) => {
    for (const whole of corpus) expect(String(await decompress(codec, whole, LIMITS))).toContain('WHITE HANGING HEART');
    const mutator = new Mutator(SEED, corpus);
    for (let run = 0; run < RUNS; run += 1) {
      const startedAtMs = workedMs();
      const outcome = await decompress(codec, mutator.next(), LIMITS).catch((error: unknown) => error);
      if (outcome instanceof Buffer) expect(outcome.length).toBeLessThanOrEqual(LIMITS.bytesMax);
      else expect((outcome as Error).message).toEqual(expect.stringMatching(/./));
      const ms = workedMs() - startedAtMs;
      if (ms > INPUT_MS_MAX) throw new Error(`run ${run} of seed ${SEED} took ${Math.round(ms)} ms`);
    }
  });

  it.each([
    ['a Snappy block that claims 2 GiB', Snappy, hex('ffffffff07', '0041')],
    ['a Snappy stream whose block reaches beyond the end', Snappy, Buffer.concat([xerial, Buffer.from([0, 0, 9, 9])])],
    ['an LZ4 frame without its end', LZ4, lz4Frame.subarray(0, -4)],
    ['an LZ4 frame that claims 1 TiB', LZ4, hex('04224d18', '6c70', '0000000000010000', '00')],
    ['an LZ4 frame of zeros', LZ4, Buffer.from(lz4.compress(Buffer.alloc(2_000_000)))],
    ['a Zstandard frame with a window of 2 GiB', ZSTD, hex('28b52ffd00', 'a8', '010000')],
    ['a Zstandard frame that claims 2 GiB', ZSTD, hex('28b52ffda0', 'ffffff7f', '010000')],
    ['a Zstandard frame that repeats a byte for ever', ZSTD, hex('28b52ffd00', '38', '02001000'.repeat(50), '010000')],
    [
      'a Zstandard block that copies six billion bytes beyond its end',
      ZSTD,
      hex('28b52ffd00', '38', '5d0000', '00', 'ffffff', '54', '000034', '010101'),
    ],
    ['nothing in gzip', GZIP, Buffer.alloc(0)],
    ['nothing in Snappy', Snappy, Buffer.alloc(0)],
    ['nothing in LZ4', LZ4, Buffer.alloc(0)],
    ['nothing in Zstandard', ZSTD, Buffer.alloc(0)],
    ['zeros in gzip', GZIP, gzipSync(Buffer.alloc(2_000_000))],
    ['half of a gzip stream', GZIP, gzipSync(lines).subarray(0, 90)],
  ])('that is %s is refused soon, and takes no memory', async (_name, codec, data) => {
    const startedAtMs = workedMs();
    const before = process.memoryUsage().rss;
    await expect(decompress(codec, data, LIMITS)).rejects.toThrow(/./);
    expect(workedMs() - startedAtMs).toBeLessThan(INPUT_MS_MAX);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });
});

describe('an input made to be slow', () => {
  const KIB_64 = 65_536;
  const long = (text: string, bytes = KIB_64) => text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);
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
    expectLinear((bytes) => {
      const text = long(piece, bytes);
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
      expectLinear((bytes) => {
        const text = long('a', bytes);
        const body = Buffer.from(type === 'text/csv' ? `${HEADER}\n"${text}` : `[{"a":"${text}`);
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

function hex(...parts: string[]): Buffer {
  return Buffer.from(parts.join(''), 'hex');
}

/** The bytes after their length. */
function sized(data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}

/** For eight times the bytes eight times the work, where a quadratic one would do sixty-four times as much. */
function expectLinear(task: (bytes: number) => void): void {
  const worked = (bytes: number) => {
    const startedAtMs = workedMs();
    task(bytes);
    return workedMs() - startedAtMs;
  };
  const KIB_8 = 8_192;
  const small = Math.min(worked(KIB_8), worked(KIB_8), worked(KIB_8));
  // What takes next to nothing can't be told apart from the collection of garbage.
  expect(worked(8 * KIB_8)).toBeLessThan(24 * Math.max(small, 5));
}

/** The time for which this process has had a processor: what others do on the machine is not in it. */
function workedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
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
  const place = { topic: 'ingestion-topic', partition: 0, fromOffset: 7, nextOffset: 8 };
  return { ...place, records: [record], assignment: { generation: 1 } };
}
