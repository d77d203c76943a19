import type { LogRange } from '../buffer/index.js';
import type { StorePosition } from '../store/index.js';

/** What Kafka says of `ingestion-topic`. */
export interface KafkaPositions {
  ranges: readonly LogRange[];
  /** The group's committed offset by partition. */
  committed: ReadonlyMap<number, number | null>;
}

/** How far both sinks have come in one partition. */
export interface PartitionPosition {
  partition: number;
  /** One past the last record of the log. */
  endOffset: number;
  /** Null: the store could never be asked. */
  storeOffset: number | null;
  outputOffset: number;
  /** Records that a sink still lacks, counted from the older position; never negative. */
  lag: number | null;
  /** Micro-batches so far. */
  batches: number;
}

/** Puts together what Kafka and the store say. A sink without a position has everything from the log's start ahead of it. */
export function partitionPositions(
  kafka: KafkaPositions | null,
  store: ReadonlyMap<number, Pick<StorePosition, 'nextOffset' | 'batchNumber'>> | null,
): PartitionPosition[] {
  return (kafka?.ranges ?? []).map(({ partition, start, end }) => {
    const outputOffset = kafka?.committed.get(partition) ?? start;
    const storeOffset = store === null ? null : (store.get(partition)?.nextOffset ?? start);
    return {
      partition,
      endOffset: end,
      storeOffset,
      outputOffset,
      lag: storeOffset === null ? null : Math.max(0, end - Math.min(storeOffset, outputOffset)),
      batches: store?.get(partition)?.batchNumber ?? 0,
    };
  });
}
