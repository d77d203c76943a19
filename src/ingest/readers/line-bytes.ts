/** The bytes of a line that came in several chunks. Holds at most `bytesMax`; of a longer line it only knows that. */
export class LineBytes {
  private bytes = Buffer.allocUnsafe(1_024);
  private used = 0;
  private overflowing = false;

  constructor(private readonly bytesMax: number) {}

  get length(): number {
    return this.used;
  }

  get tooLong(): boolean {
    return this.overflowing;
  }

  /** Copies, because a view would keep the whole chunk in memory. */
  add(chunk: Buffer, start: number, end: number): void {
    const needed = this.used + end - start;
    if (this.overflowing || needed > this.bytesMax) {
      this.overflowing = true;
      this.used = 0;
      return;
    }
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.bytesMax, Math.max(needed, 2 * this.bytes.length)));
      this.bytes.copy(larger, 0, 0, this.used);
      this.bytes = larger;
    }
    chunk.copy(this.bytes, this.used, start, end);
    this.used = needed;
  }

  /** A view of the line, good until the next `add`. */
  view(): Buffer {
    return this.bytes.subarray(0, this.used);
  }

  clear(): void {
    this.used = 0;
    this.overflowing = false;
  }
}
