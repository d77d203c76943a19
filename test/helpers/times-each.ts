/**
 * How long the one takes by how long the other takes right after it, of so many rounds. The machine and the engines are as
 * busy for the one as for the other, or in one of the rounds at least.
 */
export async function timesEach(
  rounds: number,
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<number[]> {
  const ratios: number[] = [];
  while (ratios.length < rounds) {
    const startedAtMs = performance.now();
    await one();
    const betweenMs = performance.now();
    await other();
    ratios.push((betweenMs - startedAtMs) / (performance.now() - betweenMs));
  }
  return ratios;
}
