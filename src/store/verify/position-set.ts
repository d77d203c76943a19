/** Offsets in one block: 8 KiB of bits. */
const BLOCK_OFFSETS = 65_536;

/** A set of Kafka positions, one bit each, so that ten million lines need little more than a megabyte. */
export class PositionSet {
  private readonly blocks = new Map<string, Uint32Array>();

  /** False when the position was in the set already. */
  add(partition: number, offset: number): boolean {
    const key = keyOf(partition, offset);
    let block = this.blocks.get(key);
    if (block === undefined) this.blocks.set(key, (block = new Uint32Array(BLOCK_OFFSETS / 32)));
    const word = (offset % BLOCK_OFFSETS) >>> 5;
    const bit = 1 << (offset & 31);
    const before = block[word] ?? 0;
    block[word] = before | bit;
    return (before & bit) === 0;
  }

  has(partition: number, offset: number): boolean {
    const block = this.blocks.get(keyOf(partition, offset));
    return ((block?.[(offset % BLOCK_OFFSETS) >>> 5] ?? 0) & (1 << (offset & 31))) !== 0;
  }

  /** How many positions of the partition lie from `from` (inclusive) to `to` (exclusive). */
  countRange(partition: number, from: number, to: number): number {
    let count = 0;
    for (let start = from; start < to;) {
      const end = Math.min(to, start - (start % BLOCK_OFFSETS) + BLOCK_OFFSETS);
      const block = this.blocks.get(keyOf(partition, start));
      if (block !== undefined) count += countBits(block, start % BLOCK_OFFSETS, end - start);
      start = end;
    }
    return count;
  }
}

function keyOf(partition: number, offset: number): string {
  return `${partition}:${Math.floor(offset / BLOCK_OFFSETS)}`;
}

function countBits(block: Uint32Array, first: number, length: number): number {
  let count = 0;
  for (let at = first; at < first + length; at++) {
    const word = block[at >>> 5] ?? 0;
    if (word === 0 && (at & 31) === 0) at += 31;
    else if ((word & (1 << (at & 31))) !== 0) count++;
  }
  return count;
}
