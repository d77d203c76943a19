import { authorization, type Target } from '../connection.js';
import { sleep } from './chunk-sender.js';

interface PartitionView {
  partition: number;
  endOffset: number;
  storeOffset: number | null;
  outputOffset: number | null;
}

export type Settled = 'settled' | 'unknown' | 'stalled';

const POLL_MS = 250;

/**
 * Waits until everything that lies in the ingestion topic now is in both sinks, asking `GET /api/pipeline`. `unknown`
 * when the instance does not say; `stalled` when nothing moved for the time.
 */
export async function settle(
  target: Target,
  stallMs: number,
  signal: AbortSignal,
  onLag: (lag: number) => void,
): Promise<Settled> {
  const first = await partitionsOf(target);
  if (first === null) return 'unknown';
  const goals = new Map(first.map(({ partition, endOffset }) => [partition, endOffset]));
  let least = Number.POSITIVE_INFINITY;
  let movedAtMs = performance.now();
  while (!signal.aborted) {
    const partitions = await partitionsOf(target);
    const lag = partitions === null ? least : lagTo(goals, partitions);
    if (lag === 0) return 'settled';
    if (lag < least) {
      least = lag;
      movedAtMs = performance.now();
      onLag(lag);
    }
    if (performance.now() - movedAtMs > stallMs) return 'stalled';
    await sleep(POLL_MS, signal);
  }
  return 'stalled';
}

function lagTo(goals: ReadonlyMap<number, number>, partitions: readonly PartitionView[]): number {
  let lag = 0;
  for (const { partition, storeOffset, outputOffset } of partitions) {
    const goal = goals.get(partition) ?? 0;
    lag += Math.max(0, goal - Math.min(storeOffset ?? 0, outputOffset ?? 0));
  }
  return lag;
}

async function partitionsOf(target: Target): Promise<PartitionView[] | null> {
  try {
    const response = await fetch(`${target.url}/api/pipeline`, {
      headers: { accept: 'application/json', ...authorization(target) },
      signal: AbortSignal.timeout(10_000),
    });
    const { partitions } = (await response.json()) as { partitions?: PartitionView[] };
    return response.ok && Array.isArray(partitions) && partitions.length > 0 ? partitions : null;
  } catch {
    return null;
  }
}
