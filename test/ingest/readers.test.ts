import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CsvReader } from '../../src/ingest/readers/csv-reader.js';
import { JsonArrayReader } from '../../src/ingest/readers/json-array-reader.js';
import { type LineReader, type LineSink, UnreadableBodyError } from '../../src/ingest/readers/line-reader.js';
import { NdjsonReader } from '../../src/ingest/readers/ndjson-reader.js';
import { textDecodingOf } from '../../src/ingest/readers/text-decoding.js';

type Seen = [line: number, what: unknown];
const LINE_BYTES = 400;

function readAll(open: (sink: LineSink) => LineReader, body: Buffer, cuts: readonly number[] = []): Seen[] {
  const seen: Seen[] = [];
  const reader = open({
    take: (line, value) => seen.push([line, structuredClone(value)]),
    refuse: (line, message) => seen.push([line, message]),
  });
  const places = [0, ...cuts.map((cut) => cut % (body.length + 1)).sort((a, b) => a - b), body.length];
  for (let index = 1; index < places.length; index += 1) {
    // Each chunk is wiped after use, as a socket's buffer may be.
    const chunk = Buffer.from(body.subarray(places[index - 1], places[index]));
    reader.read(chunk);
    chunk.fill(0);
  }
  reader.end();
  return seen;
}

const utf8 = textDecodingOf('utf-8');
if (utf8 === null) throw new Error('UTF-8 is known');
const ndjson = (sink: LineSink) => new NdjsonReader(sink, LINE_BYTES);
const array = (sink: LineSink) => new JsonArrayReader(sink, LINE_BYTES);
const csv = (sink: LineSink) => new CsvReader(sink, LINE_BYTES, utf8);

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const row = (description: string) => `1,A,${description},1,2010-12-01,1,1,UK`;
const item = (Description: string) => ({
  InvoiceNo: '1',
  StockCode: 'A',
  Description,
  Quantity: '1',
  InvoiceDate: '2010-12-01',
  UnitPrice: '1',
  CustomerID: '1',
  Country: 'UK',
});
const cuts = fc.array(fc.nat(), { maxLength: 12 });
const everyByte = (body: Buffer) => Array.from({ length: body.length }, (_, index) => index);

describe('the NDJSON reader', () => {
  it('numbers physical lines and skips blank ones', () => {
    expect(readAll(ndjson, Buffer.from('\ufeff{"a":1}\r\n\n  \n{"a":2}'))).toEqual([
      [1, { a: 1 }],
      [4, { a: 2 }],
    ]);
  });

  it('refuses what is no JSON, no UTF-8 or too long, and reads the others, however the body is cut', () => {
    const body = Buffer.concat([
      Buffer.from(`{"a":1}\nnope\n{"b":"${'x'.repeat(LINE_BYTES)}"}\n{"c":"`),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}\n{"d":"\u00e9\u20ac"}\n'),
    ]);
    const whole = readAll(ndjson, body);
    expect(whole).toEqual([
      [1, { a: 1 }],
      [2, 'is not JSON'],
      [3, `is longer than ${LINE_BYTES} bytes`],
      [4, 'is not UTF-8'],
      [5, { d: '\u00e9\u20ac' }],
    ]);
    expect(readAll(ndjson, body, everyByte(body))).toEqual(whole);
    fc.assert(fc.property(cuts, (places) => expect(readAll(ndjson, body, places)).toEqual(whole)));
  });
});

describe('a line of the largest size', () => {
  const open = { 'a line of NDJSON': ndjson, 'a row of CSV': csv };
  const sized = (kind: keyof typeof open, size: number) => {
    const [start, end] = kind === 'a row of CSV' ? row('|').split('|') : ['{"a":"', '"}'];
    return `${start}${'x'.repeat(size - `${start}${end}`.length)}${end}`;
  };
  const cases = (['a line of NDJSON', 'a row of CSV'] as const).flatMap((kind) =>
    ['', '\n', '\r\n'].flatMap((eol) => ['', '\ufeff'].map((mark) => ({ kind, eol, mark }))),
  );
  it.each(cases)('is read, and one byte more is not: %j', ({ kind, eol, mark }) => {
    const head = kind === 'a row of CSV' ? `${HEADER}\n` : '';
    const line = head === '' ? 1 : 2;
    const bodyOf = (size: number) => Buffer.from(`${mark}${head}${sized(kind, size)}${eol}`);
    for (const size of [LINE_BYTES, LINE_BYTES + 1]) {
      const body = bodyOf(size);
      const refused = [[line, `is longer than ${LINE_BYTES} bytes`]];
      const expected = size > LINE_BYTES ? refused : [[line, expect.any(Object)]];
      expect(readAll(open[kind], body)).toEqual(expected);
      expect(readAll(open[kind], body, everyByte(body))).toEqual(expected);
    }
  });
});

describe('the JSON array reader', () => {
  it('gives the elements of any array of JSON values, however the body is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 3 })),
        fc.constantFrom(undefined, 1),
        cuts,
        (values, indent, places) => {
          const body = Buffer.from(JSON.stringify(values, null, indent));
          const seen = readAll((sink) => new JsonArrayReader(sink, 1_000_000), body, places);
          expect(seen).toEqual((JSON.parse(body.toString()) as unknown[]).map((value, index) => [index + 1, value]));
        },
      ),
    );
  });

  it.each([
    ['[]', []],
    [' \n[ ]\n ', []],
    [
      '[1,]',
      [
        [1, 1],
        [2, 'is not JSON'],
      ],
    ],
    [
      '[,1]',
      [
        [1, 'is not JSON'],
        [2, 1],
      ],
    ],
    [
      '[{"a":1} {"a":2},3]',
      [
        [1, 'is not JSON'],
        [2, 3],
      ],
    ],
    [
      '[{"a":1},{"a":',
      [
        [1, { a: 1 }],
        [2, 'the array is not closed'],
      ],
    ],
    ['[1', [[1, 'the array is not closed']]],
    ['{"a":1}', [[1, 'the body must be a JSON array']]],
    [
      '[1] x',
      [
        [1, 1],
        [2, 'something follows the array'],
      ],
    ],
    [
      '["a,]\\"b",2]',
      [
        [1, 'a,]"b'],
        [2, 2],
      ],
    ],
    [
      `["${'x'.repeat(500)}",2]`,
      [
        [1, 'is longer than 400 bytes'],
        [2, 2],
      ],
    ],
  ])('reads %j', (text, expected) => {
    const body = Buffer.from(text);
    expect(readAll(array, body)).toEqual(expected);
    expect(readAll(array, body, everyByte(body))).toEqual(expected);
  });

  it('gives hostile keys as own properties, for the rules to refuse', () => {
    const [first] = readAll(array, Buffer.from('[{"__proto__":{"a":1}}]'));
    expect(Object.keys(first?.[1] as object)).toEqual(['__proto__']);
  });
});

describe('the CSV reader', () => {
  it('reads what an RFC 4180 writer writes, however the body is cut', () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '"', ',', '\r\n', '\n', '\u00e9', '\u20ac', ' '),
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        fc.array(cell, { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        cuts,
        (texts, eol, last, places) => {
          const rows = texts.map((text) => row(`"${text.replaceAll('"', '""')}"`));
          const body = Buffer.from([HEADER, ...rows].join(eol) + (last ? eol : ''));
          let line = 2;
          const expected = texts.map((text): Seen => {
            const at = line;
            line += text.split('\n').length;
            return [at, { ...item(text), EventId: undefined }];
          });
          expect(readAll(csv, body, places)).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes the columns in any order, a byte order mark, EventId, and no guests column', () => {
    const body =
      '\ufeffCountry,EventId,UnitPrice,InvoiceDate,Quantity,StockCode,InvoiceNo\r\nUK,e1,1,2010-12-01,1,A,1\r\n';
    expect(readAll(csv, Buffer.from(body))).toEqual([
      [2, { ...item(''), Description: undefined, CustomerID: undefined, EventId: 'e1' }],
    ]);
  });

  it.each([
    ['an unknown column', `${HEADER},Zip\n`, ['Zip']],
    ['a hostile column', `${HEADER},__proto__\n`, ['__proto__']],
    ['a missing column', `${HEADER.replace('UnitPrice,', '')}\n`, ['UnitPrice']],
    ['a double column', `${HEADER},Country\n`, ['Country']],
    ['no header row', '1,A,B,1,2010-12-01,1,1,UK\n', expect.arrayContaining(['1', 'InvoiceNo', 'Country'])],
    ['a header with an open quote', '"InvoiceNo\n', ['body']],
    ['a header that is too long', `${'x'.repeat(500)}`, ['body']],
  ])('refuses the whole body for %s', (_what, text, fields) => {
    const errors = () => {
      try {
        return readAll(csv, Buffer.from(text));
      } catch (error) {
        return error instanceof UnreadableBodyError ? error.errors.map(({ field }) => field) : error;
      }
    };
    expect(errors()).toEqual(fields);
  });

  const good = [expect.any(Number), expect.objectContaining({ InvoiceNo: '1' })];
  it.each([
    [
      'a quote inside of a cell',
      ['6" PLATE', 'x'],
      [
        [2, expect.stringContaining('quotes')],
        [3, expect.anything()],
      ],
    ],
    [
      'text after a closing quote',
      ['"a"b', 'x'],
      [
        [2, expect.stringContaining('quotes')],
        [3, expect.anything()],
      ],
    ],
    [
      'an open quote at the end',
      ['x', '"y'],
      [
        [2, expect.anything()],
        [3, expect.stringContaining('quotes')],
      ],
    ],
    ['an open quote and lines after it', ['"x', 'y', 'z'], [[2, expect.stringContaining('quotes')], good, good]],
    ['an open quote before a quoted line', ['"x', '"y"', 'z'], [[2, expect.stringContaining('quotes')], good, good]],
    [
      'a line that is too long',
      ['x'.repeat(500), 'y'],
      [
        [2, 'is longer than 400 bytes'],
        [3, expect.anything()],
      ],
    ],
    ['a quoted line that is too long', [`"${'x'.repeat(500)}"`, 'y'], [[2, 'is longer than 400 bytes'], good]],
    ['a cell too many', ['a,b', 'y'], [[2, 'has 9 columns where the header row has 8'], good]],
    [
      'blank lines',
      ['x\n\n\r\n', 'y'],
      [
        [2, 'has 3 columns where the header row has 8'],
        [5, expect.anything()],
        [6, expect.anything()],
      ],
    ],
  ])('refuses %s and reads the others, however the body is cut', (_what, texts, expected) => {
    const body = Buffer.from([HEADER, ...texts.map(row)].join('\n'));
    const whole = readAll(csv, body);
    expect(whole).toEqual(expected);
    expect(readAll(csv, body, everyByte(body))).toEqual(whole);
    fc.assert(
      fc.property(cuts, (places) => expect(readAll(csv, body, places)).toEqual(whole)),
      { numRuns: 50 },
    );
  });

  it('loses one line to a quote that is never closed, not the rest of the file', () => {
    const lines = Array.from({ length: 300 }, (_, index) => row(index === 9 ? '"open' : `plain ${index}`));
    const seen = readAll(csv, Buffer.from([HEADER, ...lines].join('\n')), [1_000, 2_000, 2_001, 5_000]);
    expect(seen.filter(([, what]) => typeof what === 'string')).toEqual([[11, expect.stringContaining('quote')]]);
    expect(seen).toHaveLength(300);
    expect(seen.map(([line]) => line)).toEqual(lines.map((_, index) => index + 2));
  });

  it('reads ISO 8859-1 and Windows-1252', () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEADER}\n1,A,`),
      Buffer.from([0xa3, 0x80]),
      Buffer.from(',1,2010-12-01,1,1,UK'),
    ]);
    const read = (charset: string) => {
      const decoding = textDecodingOf(charset);
      if (decoding === null) throw new Error(charset);
      return readAll((sink) => new CsvReader(sink, LINE_BYTES, decoding), bytes)[0]?.[1];
    };
    expect(read('iso-8859-1')).toMatchObject({ Description: '\u00a3\u0080' });
    expect(read('windows-1252')).toMatchObject({ Description: '\u00a3\u20ac' });
    expect(read('utf-8')).toBe('is not UTF-8');
    expect(textDecodingOf('constructor')).toBeNull();
  });
});
