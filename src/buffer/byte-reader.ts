/** Reads what Kafka writes, from front to back. What would lie beyond the end is a RangeError, never a shorter value. */
export class ByteReader {
  constructor(
    readonly bytes: Buffer,
    public at = 0,
  ) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  int8(): number {
    this.at += 1;
    return this.bytes.readInt8(this.at - 1);
  }

  int16(): number {
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  int64(): bigint {
    this.at += 8;
    return this.bytes.readBigInt64BE(this.at - 8);
  }

  /** A signed number of up to 64 bits; beyond 53 bits it is rounded, and nothing that counts is that large. */
  varint(): number {
    let value = 0;
    let weight = 1;
    for (let size = 1; size <= VARINT_BYTES_MAX; size += 1) {
      const byte = this.bytes.readUInt8(this.at);
      this.at += 1;
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      weight *= 0x80;
    }
    throw new RangeError('a number without an end');
  }

  /** So many of the next bytes, as a view. */
  take(length: number): Buffer {
    if (length < 0 || length > this.left) throw new RangeError('a length that reaches beyond the end');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Bytes after their length as a varint; null where it is negative. */
  varintBytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.take(length);
  }

  /** Passes over what `varintBytes` would read. */
  skipVarintBytes(): void {
    const length = this.varint();
    if (length > this.left) throw new RangeError('a length that reaches beyond the end');
    if (length > 0) this.at += length;
  }

  /** Passes over what `varintBytes` would read, and tells whether it is these bytes. */
  isVarintBytes(expected: Buffer): boolean {
    const length = this.varint();
    const start = this.at;
    if (length > 0) this.at += length;
    return length === expected.length && expected.equals(this.bytes.subarray(start, this.at));
  }

  string(): string {
    return this.take(this.int16()).toString('utf8');
  }
}

const VARINT_BYTES_MAX = 10;
