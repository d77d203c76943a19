/** Writes Kafka's primitive types into one buffer of a size that is known before. */
export class ByteWriter {
  readonly bytes: Buffer;
  at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  int8(value: number): void {
    this.bytes[this.at++] = value;
  }

  int16(value: number): void {
    this.at = this.bytes.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.bytes.writeInt32BE(value, this.at);
  }

  int64(value: bigint): void {
    this.at = this.bytes.writeBigInt64BE(value, this.at);
  }

  /** Zigzag varint of a number within 32 bits. */
  varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  /** A string with its length before it; null has the length -1. */
  string(text: string | null): void {
    if (text === null) return this.int16(-1);
    const size = Buffer.byteLength(text);
    this.int16(size);
    this.text(text, size);
  }

  /** Text or bytes with their length before them as a varint; null has the length -1. */
  varintBytes(value: string | Buffer | null): void {
    if (value === null) return this.varint(-1);
    if (typeof value !== 'string') {
      this.varint(value.length);
      this.at += value.copy(this.bytes, this.at);
      return;
    }
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.text(value, size);
  }

  private text(text: string, size: number): void {
    // As many bytes as characters: ASCII, whose Latin-1 is its UTF-8.
    if (size !== text.length) this.bytes.write(text, this.at, size, 'utf8');
    else if (size > CHARS_BY_HAND_MAX) this.bytes.write(text, this.at, size, 'latin1');
    else for (let n = 0; n < size; n++) this.bytes[this.at + n] = text.charCodeAt(n);
    this.at += size;
  }
}

/** Up to here a loop is quicker than a call into Node.js. */
const CHARS_BY_HAND_MAX = 40;

/** How many bytes `varint` writes. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;
}

/** How many bytes `varintBytes` writes. */
export function varintBytesSize(value: string | Buffer | null): number {
  if (value === null) return 1;
  const size = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
  return varintSize(size) + size;
}
