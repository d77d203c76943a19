import lz4 from 'lz4js';
import { tooLarge } from './too-large.js';

const MAGIC = 0x184d2204;
const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
/** Set in the size of a block that is not compressed. */
const STORED = 0x80000000;
/** A byte of a length stands for at most 255. */
const RATIO_MAX = 255;

interface Block {
  at: number;
  size: number;
  isStored: boolean;
  /** What it may decompress to. */
  bytesMax: number;
}

/**
 * The content of one LZ4 frame. lz4js 0.2.0 decompresses its blocks; its own reading of the frame believes the size that
 * the header claims, takes a missing end for an end, and misplaces the checksums of blocks.
 */
export function unlz4(data: Buffer, bytesMax: number): Buffer {
  const blocks = [...blocksOf(data)];
  const claimed = blocks.reduce((sum, block) => sum + block.bytesMax, 0);
  const content = Buffer.alloc(Math.min(claimed, bytesMax));
  let end = 0;
  for (const block of blocks) {
    const start = end;
    end = block.isStored
      ? start + data.copy(content, start, block.at, block.at + block.size)
      : lz4.decompressBlock(data, content, block.at, block.size, start);
    if (end > bytesMax || (block.isStored && end - start < block.size)) throw tooLarge(bytesMax);
    if (end - start > block.bytesMax) throw new Error('a block is larger than its frame allows');
  }
  return Buffer.from(content.subarray(0, end));
}

/** Where the blocks lie; an error when the frame is not whole. */
function* blocksOf(data: Buffer): Generator<Block> {
  if (data.readUInt32LE(0) !== MAGIC) throw new Error('it is no LZ4 frame');
  const flags = data.readUInt8(4);
  const sizeId = (data.readUInt8(5) >> 4) & 7;
  if ((flags & VERSION_MASK) !== VERSION || (flags & DICTIONARY) !== 0 || sizeId < 4)
    throw new Error('it is an LZ4 frame of an unknown kind');
  const blockBytesMax = 1 << (8 + 2 * sizeId);
  let at = (flags & CONTENT_SIZE) === 0 ? 7 : 15;
  for (;;) {
    const word = data.readUInt32LE(at);
    if (word === 0) return;
    const isStored = word >= STORED;
    const size = isStored ? word - STORED : word;
    at += 4;
    if (size > blockBytesMax || at + size > data.length) throw new Error('a block reaches beyond the end');
    yield { at, size, isStored, bytesMax: isStored ? size : Math.min(blockBytesMax, size * RATIO_MAX) };
    at += size + ((flags & BLOCK_CHECKSUM) === 0 ? 0 : 4);
  }
}
