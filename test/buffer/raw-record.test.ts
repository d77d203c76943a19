import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import type { BatchHead } from '../../src/buffer/batch-head.js';
import { ByteReader } from '../../src/buffer/byte-reader.js';
import { ByteWriter } from '../../src/buffer/byte-writer.js';
import { FetchedRecord, sizeOf } from '../../src/buffer/fetched-record.js';
import { headerOf, rawRecord } from '../../src/buffer/raw-record.js';
import { headerIn, type RecordHeader } from '../../src/record-header.js';

const HEAD: BatchHead = {
  ...{ firstOffset: 1_000, lastOffset: 1_009, codec: 0, isControl: false },
  ...{ context: { producerId: '7', inTransaction: false }, timeOf: (difference) => 1_760_000_000_000 + difference },
};
type Pair = [name: string, value: Buffer | null];

const name = fc.constantFrom('event-id', 'event-ia', 'received-at', 'Ÿ', '', 'a');
const bytes = fc.uint8Array({ maxLength: 10 }).map((array) => Buffer.from(array));
const pairs = fc.array(fc.tuple(name, fc.oneof(bytes, fc.constant(null))), { maxLength: 8 });
const nullable = fc.oneof(bytes, fc.constant(null));

describe('a fetched record', () => {
  it('gives each part as it was written, however often, and one header as among all of them', () => {
    fc.assert(
      fc.property(nullable, nullable, pairs, (key, value, headers) => {
        const written = recordOf({ key, value, headers });
        const fetched = FetchedRecord.read(new ByteReader(Buffer.concat([written, Buffer.from('behind')])), HEAD);
        const record = rawRecord(fetched as unknown as KafkaMessage);
        for (let time = 0; time < 2; time += 1) {
          expect(record).toMatchObject({ offset: 1_003, timestampMs: 1_760_000_000_005, key, value });
          expect(record.headers).toEqual(gathered(headers));
        }
        for (const [asked] of [...headers, ['none']] as Pair[]) {
          expect(headerOf(record, asked)).toEqual(headers.findLast(([of, one]) => of === asked && one !== null)?.[1]);
          expect(headerIn(record.headers, asked)).toEqual(headerOf(record, asked));
        }
        expect(sizeOf(fetched as unknown as KafkaMessage)).toBeGreaterThanOrEqual(
          (key?.length ?? 0) + (value?.length ?? 0),
        );
      }),
    );
  });

  it('that is damaged throws when it is read, or gives parts that lie within the batch', () => {
    fc.assert(
      fc.property(pairs, fc.nat(), fc.nat(255), (headers, at, byte) => {
        const written = recordOf({ key: Buffer.from('key'), value: Buffer.from('value'), headers });
        written[at % written.length] = byte;
        let fetched: FetchedRecord;
        try {
          fetched = FetchedRecord.read(new ByteReader(written), HEAD);
        } catch (error) {
          expect(error).toMatchObject({ name: 'RangeError' });
          return;
        }
        const { key, value, headers: read } = fetched;
        expect([key, value].every((part) => part === null || part.length < written.length)).toBe(true);
        expect(Object.keys(read).length).toBeLessThanOrEqual(headers.length + written.length);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Those of one name together. */
function gathered(headers: readonly Pair[]): RecordHeader[] {
  const names = [...new Set(headers.map(([of]) => of))];
  return names.flatMap((of) => headers.filter((pair) => pair[0] === of).map(([name, value]) => ({ name, value })));
}

/** A record as Kafka writes it, with its length. */
function recordOf({ key, value, headers }: { key: Buffer | null; value: Buffer | null; headers: Pair[] }): Buffer {
  const body = new ByteWriter(1_000);
  body.int8(0);
  body.varint(5);
  body.varint(3);
  body.varintBytes(key);
  body.varintBytes(value);
  body.varint(headers.length);
  for (const [header, content] of headers) {
    body.varintBytes(header);
    body.varintBytes(content);
  }
  const length = new ByteWriter(10);
  length.varint(body.at);
  return Buffer.concat([length.bytes.subarray(0, length.at), body.bytes.subarray(0, body.at)]);
}
