import kafkajs, { type CompressionTypes } from 'kafkajs';
import { ByteWriter, varintBytesSize, varintSize } from '../../src/buffer/byte-writer.js';
import type { Settings } from '../../src/config.js';
import { plainKafka } from '../helpers/oracle-sinks.js';

/** Its name has one byte and its value none, both zigzag varints. */
const EMPTY_HEADER = Buffer.from([2, 'h'.charCodeAt(0), 0]);

/** The records of a batch as they are before they are compressed, each with a value and so many headers `h` of no bytes. */
export function encodeRecords(values: readonly Buffer[], headerCount = 0): Buffer {
  const headers = Buffer.alloc(EMPTY_HEADER.length * headerCount, EMPTY_HEADER);
  const headersSize = varintSize(headerCount) + headers.length;
  const sizes = values.map((value, n) => 3 + varintSize(n) + varintBytesSize(value) + headersSize);
  const writer = new ByteWriter(sizes.reduce((sum, size) => sum + varintSize(size) + size, 0));
  for (const [n, value] of values.entries()) {
    writer.varint(sizes[n] ?? 0);
    writer.int8(0);
    writer.varint(0);
    writer.varint(n);
    writer.varintBytes(null);
    writer.varintBytes(value);
    writer.varint(headerCount);
    writer.at += headers.copy(writer.bytes, writer.at);
  }
  return writer.bytes.subarray(0, writer.at);
}

/** Appends a batch of one record that holds these bytes, with the checksum that belongs to them. Rejects when the broker refuses it. */
export async function appendRaw(
  settings: Settings,
  partition: number,
  codec: Exclude<CompressionTypes, CompressionTypes.None>,
  bytes: Buffer,
): Promise<void> {
  const { CompressionCodecs } = kafkajs;
  const original = CompressionCodecs[codec] as () => object;
  const producer = plainKafka(settings).producer({ retry: { retries: 0 } });
  await producer.connect();
  CompressionCodecs[codec] = () => ({ ...original(), compress: () => Promise.resolve(bytes) });
  try {
    const messages = [{ value: '', partition }];
    await producer.send({ topic: settings.kafka.ingestionTopic, compression: codec, messages });
  } finally {
    CompressionCodecs[codec] = original;
    await producer.disconnect();
  }
}
