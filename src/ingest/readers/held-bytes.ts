/**
 * Bytes that wait for the rest of what they belong to. Room grows by doubling, so that a body that comes in many small
 * pieces costs no more than one that comes in few.
 */
export class HeldBytes {
  private bytes = Buffer.allocUnsafe(1_024);
  private used = 0;

  get length(): number {
    return this.used;
  }

  /** All that is held; good until the next call that changes it. */
  view(): Buffer {
    return this.bytes.subarray(0, this.used);
  }

  /** Adds a copy of the chunk, and answers all that is held. */
  append(chunk: Buffer): Buffer {
    const needed = this.used + chunk.length;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, this.used);
      this.bytes = larger;
    }
    chunk.copy(this.bytes, this.used);
    this.used = needed;
    return this.view();
  }

  /** Only this is held from now on; it may be a part of what was. */
  keep(rest: Buffer): void {
    const isWhole =
      rest.length === this.used && rest.buffer === this.bytes.buffer && rest.byteOffset === this.bytes.byteOffset;
    if (isWhole) return;
    if (rest.length > this.bytes.length) this.bytes = Buffer.allocUnsafe(rest.length);
    rest.copy(this.bytes);
    this.used = rest.length;
  }
}
