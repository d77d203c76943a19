import { Decompress } from 'fzstd';
import { tooLarge } from './too-large.js';

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a5;
/** What zstd itself takes unless it is told to take more; its highest level uses as much. */
const WINDOW_BYTES_MAX = 128 * 1024 * 1024;
const BLOCK_BYTES_MAX = 128 * 1024;
const CHECKSUM = 0x04;
const SINGLE_SEGMENT = 0x20;
const RLE = 1;
const RESERVED = 3;

/**
 * The content of Zstandard frames. fzstd 0.1.1 decompresses them block by block; the frames are looked through before,
 * because it would allocate whatever window a header claims and repeat a byte as often as a block says.
 */
export function unzstd(data: Buffer, bytesMax: number): Buffer {
  if (data.length === 0) throw new Error('it is empty');
  for (let at = 0; at < data.length;) at = endOfFrame(data, at, bytesMax);
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  const stream = new Decompress((block) => {
    bytes += block.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    blocks.push(block);
  });
  stream.push(data, true);
  return Buffer.concat(blocks);
}

/** Where the frame ends that begins here; an error when it is not whole or asks for too much. */
function endOfFrame(data: Buffer, start: number, bytesMax: number): number {
  const magic = data.readUInt32LE(start);
  if (magic >>> 4 === SKIPPABLE) return inside(data, start + 8 + data.readUInt32LE(start + 4));
  if (magic !== MAGIC) throw new Error('it is no Zstandard frame');
  const flags = data.readUInt8(start + 4);
  let at = endOfHead(data, start + 5, flags, bytesMax);
  for (let isLast = false; !isLast;) {
    const head = data.readUIntLE(at, 3);
    const kind = (head >> 1) & 3;
    const size = head >> 3;
    if (kind === RESERVED || size > BLOCK_BYTES_MAX) throw new Error('a block is no Zstandard block');
    isLast = (head & 1) === 1;
    at = inside(data, at + 3 + (kind === RLE ? 1 : size));
  }
  return inside(data, at + ((flags & CHECKSUM) === 0 ? 0 : 4));
}

function endOfHead(data: Buffer, start: number, flags: number, bytesMax: number): number {
  const isSingle = (flags & SINGLE_SEGMENT) !== 0;
  const dictionaryId = flags & 3;
  const sizeId = flags >> 6;
  const sizeBytes = sizeId === 0 ? Number(isSingle) : 1 << sizeId;
  const sizeAt = start + Number(!isSingle) + (dictionaryId === 3 ? 4 : dictionaryId);
  if (isSingle) {
    const size = sizeBytes === 8 ? Number(data.readBigUInt64LE(sizeAt)) : data.readUIntLE(sizeAt, sizeBytes);
    if (size > bytesMax) throw tooLarge(bytesMax);
  } else {
    const exponent = data.readUInt8(start);
    const base = 2 ** (10 + (exponent >> 3));
    const window = base + (base / 8) * (exponent & 7);
    if (window > WINDOW_BYTES_MAX) throw new Error(`it asks for a window of ${window} bytes`);
  }
  return inside(data, sizeAt + sizeBytes);
}

function inside(data: Buffer, end: number): number {
  if (end > data.length) throw new Error('it ends too soon');
  return end;
}
