import { decompress as unzstd } from 'fzstd';
import kafkajs from 'kafkajs';
import lz4 from 'lz4js';
import snappy from 'snappyjs';

/** What the Java client puts before its Snappy blocks: `\x82SNAPPY\0`, two version numbers. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/**
 * Lets the consumer read what other producers have compressed. kafkajs knows gzip alone, and a batch in any other codec
 * would crash it again and again. docstream itself does not compress, so there is nothing to write.
 */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.LZ4] = codec((data) => Buffer.from(lz4.decompress(data)));
  CompressionCodecs[CompressionTypes.ZSTD] = codec((data) => Buffer.from(unzstd(data)));
  CompressionCodecs[CompressionTypes.Snappy] = codec(unsnappy);
}

function codec(decompress: (data: Buffer) => Buffer) {
  return () => ({
    compress: () => Promise.reject(new Error('docstream does not compress')),
    decompress: (data: Buffer) => Promise.resolve().then(() => decompress(data)),
  });
}

function unsnappy(data: Buffer): Buffer {
  if (!data.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return Buffer.from(snappy.uncompress(data));
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < data.length;) {
    const length = data.readUInt32BE(at);
    blocks.push(Buffer.from(snappy.uncompress(data.subarray(at + 4, at + 4 + length))));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}
