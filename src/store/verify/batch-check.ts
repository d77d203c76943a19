import type { BatchRecord } from '../batch.schema.js';
import type { StorePosition } from '../checkpoints.js';
import type { PositionSet } from './position-set.js';

/** How many batches a check has seen, and the lines that they say they stored. */
export interface BatchFigures {
  batches: number;
  stored: number;
}

/**
 * The micro-batches of one partition up to its checkpoint, oldest first: numbered without a gap, each beginning where
 * the last one ended, `records = stored + duplicates + deadLetters`, and as many lines from its offsets as it says.
 * Yields one line for each difference, so that the first names the first batch that breaks the chain.
 */
export async function* batchFaults(
  partition: number,
  batches: AsyncIterable<BatchRecord>,
  checkpoint: StorePosition,
  positions: PositionSet,
  figures: BatchFigures,
): AsyncGenerator<string> {
  let number = 0;
  let offset: number | null = null;
  for await (const batch of batches) {
    if (batch.number > checkpoint.batchNumber) continue;
    const name = `batch ${batch.number} of partition ${partition}`;
    const { fromOffset, toOffset, records, stored, duplicates, deadLetters } = batch;
    if (batch.number !== number + 1) yield `${name}: comes after batch ${number}`;
    if (offset !== null && fromOffset !== offset) {
      yield `${name}: begins at offset ${fromOffset}, the batch before it ended at ${offset}`;
    }
    if (records !== stored + duplicates + deadLetters) {
      yield `${name}: has ${records} records, but ${stored} stored + ${duplicates} duplicates + ${deadLetters} dead letters`;
    }
    if (records > toOffset - fromOffset) {
      yield `${name}: has ${records} records in ${toOffset - fromOffset} offsets`;
    }
    const lines = positions.countRange(partition, fromOffset, toOffset);
    if (lines !== stored) yield `${name}: says ${stored} lines stored, the invoices have ${lines} from its offsets`;
    number = batch.number;
    offset = toOffset;
    figures.batches++;
    figures.stored += stored;
  }
  if (number !== checkpoint.batchNumber) {
    yield `partition ${partition}: its last batch is ${number}, its checkpoint says ${checkpoint.batchNumber}`;
  } else if (offset !== null && offset !== checkpoint.nextOffset) {
    yield `partition ${partition}: its last batch ends at ${offset}, its checkpoint says ${checkpoint.nextOffset}`;
  }
}
