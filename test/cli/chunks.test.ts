import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answerTimeoutMs } from '../../src/cli/load/chunk-sender.js';
import { type Chunk, CHUNK_BYTES, CHUNK_RECORDS, chunksOf } from '../../src/cli/load/chunks.js';
import { formatOf } from '../../src/cli/load/content.js';
import { survey } from '../../src/cli/load/survey.js';
import { REQUEST_TIMEOUT_MS } from '../../src/http.js';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';

describe('cutting a file into chunks', () => {
  it('cuts at record ends, wherever the pieces of the stream end', async () => {
    const rows = fc.array(
      fc.oneof(
        fc.constant('plain,2'),
        fc.constant('"a\nb",3'),
        fc.constant('"say ""hi""\r\n",4'),
        fc.constant('3" pipe,5'),
      ),
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 4, max: 40 }), async (records, size) => {
        const text = HEADER + records.map((record) => `${record}\n`).join('');
        const chunks = await collect(chunksOf(pieces(Buffer.from(text), size), 'csv'));
        expect(chunks.map(({ body }) => body.toString()).join('')).toBe(text.slice(HEADER.length));
        expect(chunks.reduce((sum, { rows: count }) => sum + count, 0)).toBe(records.length);
      }),
    );
  });

  it('leaves time to send the largest over a line of 256 kbit/s that two share, within what the instance allows', () => {
    const overTheLineMs = (CHUNK_BYTES / (256_000 / 8 / 2)) * 1_000;
    expect(answerTimeoutMs(CHUNK_BYTES)).toBeGreaterThan(overTheLineMs + 60_000);
    expect(answerTimeoutMs(CHUNK_BYTES)).toBeLessThan(REQUEST_TIMEOUT_MS);
  });

  it('puts the same records in the same chunks for any size of pieces, and knows their lines', async () => {
    const text = HEADER + '536365,"TWO\nLINES",1\n'.repeat(CHUNK_RECORDS + 5);
    const bytes = Buffer.from(text);
    const whole = await collect(chunksOf(pieces(bytes, bytes.length), 'csv'));
    const parts = await collect(chunksOf(pieces(bytes, 65_537), 'csv'));
    expect(parts).toEqual(whole);
    expect(whole.map(({ number, firstLine, rows }) => [number, firstLine, rows])).toEqual([
      [0, 2, CHUNK_RECORDS],
      [1, 2 + 2 * CHUNK_RECORDS, 5],
    ]);
    expect(whole.every(({ header }) => header.toString() === HEADER)).toBe(true);
  });

  it('takes the last record without a line end, and counts no empty lines as rows', async () => {
    const [csv] = await collect(chunksOf(pieces(Buffer.from(`${HEADER}1,a\n\n2,b`), 9), 'csv'));
    expect([csv?.rows, csv?.body.toString()]).toEqual([2, '1,a\n\n2,b']);
    const [ndjson] = await collect(chunksOf(pieces(Buffer.from('{"a":1}\r\n\r\n{"b":2}'), 5), 'ndjson'));
    expect([ndjson?.rows, ndjson?.firstLine, ndjson?.header.length]).toEqual([2, 1, 0]);
  });

  it('leaves a byte order mark out of the header', async () => {
    const [chunk] = await collect(chunksOf(pieces(Buffer.from(`\ufeff${HEADER}1,a\n`), 50), 'csv'));
    expect(chunk?.header.toString()).toBe(HEADER);
  });

  it('lets a stray quote swallow no more than the longest record that an instance takes', async () => {
    const text = `${HEADER}1,a\n2,"b\n${'3,c\n'.repeat(40_000)}`;
    for (const size of [1_000, 65_537, text.length]) {
      const chunks = await collect(chunksOf(pieces(Buffer.from(text), size), 'csv'));
      expect(chunks.map(({ firstLine, rows }) => [firstLine, rows])).toEqual([
        [2, CHUNK_RECORDS],
        [36_385, 3_619],
      ]);
    }
  });

  it('takes blank lines before the header as a part of it', async () => {
    const [chunk] = await collect(chunksOf(pieces(Buffer.from(`\n\r\n${HEADER}1,a\n`), 3), 'csv'));
    expect([chunk?.header.toString(), chunk?.headerLines, chunk?.firstLine]).toEqual([`\n\r\n${HEADER}`, 3, 4]);
  });

  it('has no chunks for an empty file, and one without rows for a header alone', async () => {
    expect(await collect(chunksOf(pieces(Buffer.from(''), 1), 'csv'))).toEqual([]);
    for (const header of [HEADER, HEADER.trimEnd(), '"a quote that never ends']) {
      const chunks = await collect(chunksOf(pieces(Buffer.from(header), 10), 'csv'));
      const none = Buffer.alloc(0);
      const expected = { number: 0, firstLine: 2, rows: 0, body: none, header: Buffer.from(header), headerLines: 1 };
      expect(chunks).toEqual([expected]);
    }
  });
});

describe('the survey of a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'survey-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives a file and its compressed copy one hash', async () => {
    const text = `${HEADER}536365,85123A,LANTERN,6,12/1/2010 8:26,2.55,17850,United Kingdom\n`;
    writeFileSync(join(folder, 'a.csv'), text);
    writeFileSync(join(folder, 'a.csv.gz'), gzipSync(text));
    const plain = await survey(join(folder, 'a.csv'), 'csv', null);
    const zipped = await survey(join(folder, 'a.csv.gz'), 'csv', null);
    expect({ ...zipped, path: '' }).toEqual({ ...plain, path: '' });
    expect(plain).toMatchObject({ rows: 1, bytes: text.length, charset: 'utf-8', firstLines: [2] });
  });

  it('takes CSV that is not UTF-8 as windows-1252', async () => {
    writeFileSync(join(folder, 'b.csv'), Buffer.concat([Buffer.from(HEADER), Buffer.from([0xa3, 0x31, 0x0a])]));
    const { charset } = await survey(join(folder, 'b.csv'), 'csv', null);
    expect(charset).toBe('windows-1252');
  });

  it('says in one line what is wrong with a file', async () => {
    const cut = gzipSync('x,y\n'.repeat(1_000)).subarray(0, 30);
    writeFileSync(join(folder, 'cut.csv.gz'), cut);
    await expect(survey(join(folder, 'cut.csv.gz'), 'csv', null)).rejects.toThrow(/gzip data is damaged or cut off/);
    await expect(survey(join(folder, 'none.csv'), 'csv', null)).rejects.toThrow(/none\.csv: there is no such file$/);
    await expect(survey(folder, 'csv', null)).rejects.toThrow(/is a folder/);
    expect(() => formatOf('data.xlsx')).toThrow(/must end in \.csv/);
  });
});

async function collect(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const found: Chunk[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return found;
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}
