import { promisify } from 'node:util';
import { createContext, Script } from 'node:vm';
import { gunzip } from 'node:zlib';
import kafkajs from 'kafkajs';
import snappy from 'snappyjs';
import { unlz4 } from './lz4-frame.js';
import { tooLarge } from './too-large.js';
import { unzstd } from './zstd-frame.js';

/** How far decompressing goes before the data counts as unreadable. */
export interface DecompressionLimits {
  bytesMax: number;
  msMax: number;
}

/**
 * A broker takes batches of 1 MiB (`message.max.bytes`), and JSON of invoice lines becomes 5 to 30 times smaller: an honest
 * batch stays below half of 64 MiB, and what is more was made to fill the memory. That much takes a second.
 */
const LIMITS: DecompressionLimits = { bytesMax: 64 * 1024 * 1024, msMax: 5_000 };

type Decompressor = (data: Buffer, limits: DecompressionLimits) => Buffer | Promise<Buffer>;

/** What the Java client puts before its Snappy blocks: `\x82SNAPPY\0`, two version numbers. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;
/** A copy of 64 bytes takes three in Snappy, and nothing is denser: a block that claims more lies. */
const SNAPPY_RATIO_MAX = 22;

const { CompressionTypes, CompressionCodecs } = kafkajs;
const CODECS = new Map<number, { name: string; decompress: Decompressor }>([
  [CompressionTypes.GZIP, { name: 'gzip', decompress: ungzip }],
  [CompressionTypes.Snappy, { name: 'Snappy', decompress: inTime(unsnappy) }],
  [CompressionTypes.LZ4, { name: 'LZ4', decompress: inTime(unlz4) }],
  [CompressionTypes.ZSTD, { name: 'Zstandard', decompress: inTime(unzstd) }],
]);

/**
 * Lets kafkajs read what other producers have compressed; it knows gzip alone, and without a bound. docstream itself does
 * not compress, so there is nothing to write.
 */
export function registerCodecs(): void {
  for (const codec of CODECS.keys()) {
    CompressionCodecs[codec as keyof typeof CompressionCodecs] = () => ({
      compress: () => Promise.reject(new Error('docstream does not compress')),
      decompress: (data: Buffer) => decompress(codec, data),
    });
  }
}

/** The name of Kafka's codec with this number. */
export function codecName(codec: number): string {
  return CODECS.get(codec)?.name ?? `codec ${codec}`;
}

/**
 * What the bytes hold, within the limits and a few times their memory. Rejects with the reason when it is more, or nothing
 * that can be read.
 */
export async function decompress(codec: number, data: Buffer, limits = LIMITS): Promise<Buffer> {
  const known = CODECS.get(codec);
  if (known === undefined) throw new Error('nobody knows this codec');
  return await known.decompress(data, limits);
}

async function ungzip(data: Buffer, { bytesMax }: DecompressionLimits): Promise<Buffer> {
  try {
    return await promisify(gunzip)(data, { maxOutputLength: bytesMax });
  } catch (error) {
    throw (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(bytesMax) : error;
  }
}

function unsnappy(data: Buffer, bytesMax: number): Buffer {
  if (!isXerial(data, 0)) return unsnappyBlock(data, bytesMax);
  const blocks: Buffer[] = [];
  let left = bytesMax;
  for (let at = 0; at < data.length;) {
    if (isXerial(data, at)) at += XERIAL_HEADER_BYTES;
    const length = data.readUInt32BE(at);
    if (at + 4 + length > data.length) throw new Error('a block reaches beyond the end');
    const block = unsnappyBlock(data.subarray(at + 4, at + 4 + length), left);
    blocks.push(block);
    left -= block.length;
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

/** A stream may be several that were put together, each with its header. */
function isXerial(data: Buffer, at: number): boolean {
  return data.subarray(at, at + XERIAL_MAGIC.length).equals(XERIAL_MAGIC);
}

function unsnappyBlock(block: Buffer, bytesMax: number): Buffer {
  return Buffer.from(snappy.uncompress(block, Math.min(bytesMax, SNAPPY_RATIO_MAX * block.length)));
}

/**
 * Ends the task when it takes too long: the decompressors are plain JavaScript, and hostile input makes some of them write
 * billions of bytes beyond their buffers, which costs nothing but time. V8 can interrupt what a script has called.
 */
function inTime(task: (data: Buffer, bytesMax: number) => Buffer): Decompressor {
  return (data, { bytesMax, msMax }) => {
    SANDBOX['run'] = () => task(data, bytesMax);
    try {
      return RUN.runInContext(SANDBOX, { timeout: msMax }) as Buffer;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new Error(`decompressing it takes longer than ${msMax} ms`, { cause: error });
    } finally {
      delete SANDBOX['run'];
    }
  };
}

const RUN = new Script('run()');
const SANDBOX = createContext({});
