/** What compressed data is refused with before it fills the memory. */
export function tooLarge(bytesMax: number): Error {
  return new Error(`it decompresses to more than ${bytesMax / 1024 / 1024} MiB`);
}
