import crc32c from 'kafkajs/src/protocol/recordBatch/crc32C/crc32C.js';
import { ByteReader } from './byte-reader.js';
import { decompress } from './codecs.js';
import { FetchedRecord } from './fetched-record.js';

/** The head of a record batch, as far as anybody needs it. */
export interface BatchHead {
  firstOffset: number;
  lastOffset: number;
  /** 0: not compressed. */
  codec: number;
  isControl: boolean;
  /** What kafkajs needs for leaving out aborted records. */
  context: { producerId: string; inTransaction: boolean };
  /** The time of a record, ms since 1970, from the difference that it holds. */
  timeOf(difference: number): number;
}

/** A record as kafkajs hands it on. */
export interface FetchedMessage {
  offset: string;
  timestamp: string;
  attributes: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | Buffer[] | null>;
  isControlRecord: boolean;
  batchContext: BatchHead['context'];
}

/** Everything of a batch that comes before its records. */
export const BATCH_HEAD_BYTES = 61;
/** What its length leaves out: the first offset and the length itself. */
export const BATCH_UNCOUNTED_BYTES = 12;
/** In a batch of any format. */
export const MAGIC_AT = 16;
const CHECKSUM_AT = 17;
const COUNT_AT = 57;
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * A compressed batch may hold so many records. An item with its headers takes 256 bytes and more, so a batch of the
 * largest size has fewer; ten million records of nothing would fill the memory as well as gigabytes would.
 */
const COMPRESSED_RECORDS_MAX = 262_144;

export function batchHead(batch: Buffer): BatchHead {
  const attributes = batch.readInt16BE(21);
  const firstOffset = Number(batch.readBigInt64BE(0));
  return {
    firstOffset,
    lastOffset: firstOffset + batch.readInt32BE(23),
    codec: attributes & CODEC_MASK,
    isControl: (attributes & CONTROL) !== 0,
    context: {
      producerId: batch.readBigInt64BE(43).toString(),
      inTransaction: (attributes & TRANSACTIONAL) !== 0,
    },
    timeOf: timesOf(batch),
  };
}

/**
 * The records of a whole batch of format 2, the only one since Kafka 0.11. Rejects with the reason when they can't be
 * read. kafkajs 2.2.4 would take a time that grows with the square of a record's headers, hold whatever a batch
 * decompresses to, and check nothing.
 */
export async function decodeBatch(batch: Buffer, head: BatchHead): Promise<FetchedRecord[]> {
  const count = batch.readInt32BE(COUNT_AT);
  let records = batch.subarray(BATCH_HEAD_BYTES);
  if (head.codec !== 0) {
    if (count > COMPRESSED_RECORDS_MAX) throw new Error(`it has ${count} records, more than ${COMPRESSED_RECORDS_MAX}`);
    // A decompressor makes of damaged bytes whatever comes; the checksum tells that they are damaged.
    if (crc32c(batch.subarray(CHECKSUM_AT + 4)) !== batch.readUInt32BE(CHECKSUM_AT)) throw new Error('it is damaged');
    records = await decompress(head.codec, records);
  }
  const reader = new ByteReader(records);
  const found: FetchedRecord[] = [];
  for (let n = 0; n < count; n += 1) found.push(FetchedRecord.read(reader, head));
  return found;
}

function timesOf(batch: Buffer): BatchHead['timeOf'] {
  const last = Number(batch.readBigInt64BE(35));
  if ((batch.readInt16BE(21) & LOG_APPEND_TIME) !== 0) return () => last;
  const first = Number(batch.readBigInt64BE(27));
  return (difference) => first + difference;
}
