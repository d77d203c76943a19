import { differenceInInvoices, differenceInOutput, Oracle } from '../helpers/oracle.js';
import type { Sinks } from '../helpers/oracle-sinks.js';
import type { Settings } from '../../src/config.js';
import type { Workload } from './workload.js';

/**
 * What both sinks hold that the workload does not explain, or lack: null when both have everything exactly once, and
 * the store's own books (batches, checkpoints) agree.
 */
export async function verdictOn(
  sinks: Sinks,
  settings: Settings,
  workload: Pick<Workload, 'lines' | 'garbage'>,
): Promise<string | null> {
  const oracle = new Oracle().addAll(workload.lines);
  const letters = await sinks.collection('deadLetters').find().toArray();
  const published = await sinks.records(settings.kafka.deadLetterTopic);
  return (
    prefixed('store', differenceInInvoices(oracle, await sinks.invoices())) ??
    prefixed('output', differenceInOutput(oracle, await sinks.output())) ??
    prefixed(
      'deadLetters',
      differenceInSets(
        workload.garbage,
        letters.map(({ value }) => String(value)),
      ),
    ) ??
    prefixed(
      'dead-letters',
      differenceInSets(
        workload.garbage,
        published.map(({ value }) => String(value)),
      ),
    ) ??
    (await differenceInBooks(sinks))
  );
}

/** The batches of each partition follow each other without a gap, and add up. */
async function differenceInBooks(sinks: Sinks): Promise<string | null> {
  const batches = (await sinks.collection('batches').find().toArray()) as unknown as Batch[];
  batches.sort((a, b) => a.partition - b.partition || a.number - b.number);
  const ends = new Map<number, { number: number; toOffset: number }>();
  for (const batch of batches) {
    const before = ends.get(batch.partition);
    const name = `batch ${batch.number} of partition ${batch.partition}`;
    if (batch.number !== (before?.number ?? 0) + 1) return `${name} comes after ${String(before?.number)}`;
    if (before !== undefined && batch.fromOffset !== before.toOffset) return `${name} leaves a gap before it`;
    if (batch.records !== batch.stored + batch.duplicates + batch.deadLetters) return `${name} does not add up`;
    ends.set(batch.partition, batch);
  }
  for (const { partition, store } of await sinks.positions()) {
    const end = ends.get(partition)?.toOffset ?? 0;
    if (end !== (store ?? 0))
      return `partition ${partition} has a checkpoint at ${String(store)}, its last batch ends at ${end}`;
  }
  return null;
}

interface Batch {
  number: number;
  partition: number;
  fromOffset: number;
  toOffset: number;
  records: number;
  stored: number;
  duplicates: number;
  deadLetters: number;
}

function differenceInSets(expected: readonly string[], found: readonly string[]): string | null {
  const left = new Set(expected);
  for (const value of found) if (!left.delete(value)) return `"${value}" stands twice, or was never sent`;
  const [missing] = left;
  return missing === undefined ? null : `"${missing}" is missing`;
}

function prefixed(name: string, difference: string | null): string | null {
  return difference === null ? null : `${name}: ${difference}`;
}
