import crc32c from 'kafkajs/src/protocol/recordBatch/crc32C/crc32C.js';
import { BATCH_HEAD_BYTES, type BatchHead } from './batch-head.js';
import { ByteReader } from './byte-reader.js';
import { decompress } from './codecs.js';
import { FetchedRecord } from './fetched-record.js';

const CHECKSUM_AT = 17;
const COUNT_AT = 57;

/**
 * A compressed batch may hold so many records. An item with its headers takes 256 bytes and more, so a batch of the
 * largest size has fewer; ten million records of nothing would fill the memory as well as gigabytes would.
 */
const COMPRESSED_RECORDS_MAX = 262_144;

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
