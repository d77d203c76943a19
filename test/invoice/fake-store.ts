import {
  foldBatch,
  type FoldRecord,
  type FoldResult,
  type Line,
  mergeDelta,
  type StoredInvoice,
  type SummaryDelta,
} from '../../src/invoice/index.js';
import type { ReferenceInvoice } from './reference.js';

/** Keeps what folds say, as the store does: with a position for each partition that guards against re-delivery. */
export class FakeStore {
  readonly invoices = new Map<string, StoredInvoice>();
  readonly lines = new Map<string, { header: StoredInvoice['header']; lines: Map<string, Line> }>();
  readonly summaries = new Map<number, SummaryDelta>();
  /** `partition:offset` -> what became of the record there. */
  readonly outcomes = new Map<string, string>();
  readonly batches: { records: FoldRecord[]; result: FoldResult }[] = [];
  private readonly nextOffsets = new Map<number, number>();

  constructor(private readonly limits: { invoiceLinesMax: number }) {}

  /** Plays the plan against the logs, then whatever of them is still missing. */
  deliver(logs: readonly FoldRecord[][], plan: readonly { partition: number; back: number; size: number }[]): void {
    const rest = [...logs.keys()].map((partition) => ({ partition, back: 2, size: Infinity }));
    for (const { partition, back, size } of [...plan, ...rest]) {
      const log = logs[partition] ?? [];
      const stored = log.filter(({ offset }) => offset < this.nextOffset(partition)).length;
      const from = Math.max(0, stored - back);
      this.apply(log.slice(from, from + size));
    }
  }

  /** One micro-batch of one partition: what is below the partition's position is not applied again. */
  apply(delivered: readonly FoldRecord[]): void {
    const records = delivered.filter(({ partition, offset }) => offset >= this.nextOffset(partition));
    const last = records.at(-1);
    if (last === undefined) return;
    const result = foldBatch(records, this.invoices, this.limits);
    this.batches.push({ records, result });
    this.nextOffsets.set(last.partition, last.offset + 1);
    for (const { header, added, lineCount, units, total, isNew } of result.invoices) {
      if (isNew === this.invoices.has(header.invoiceNo)) throw new Error('a fold is wrong about what is new');
      const lineIds = new Map(this.invoices.get(header.invoiceNo)?.lineIds);
      for (const line of added) lineIds.set(line.eventId, `${line.partition}:${line.offset}`);
      this.invoices.set(header.invoiceNo, { header, lineCount, units, total, lineIds });
      const lines = new Map([...(this.lines.get(header.invoiceNo)?.lines ?? []), ...added.map(byEventId)]);
      this.lines.set(header.invoiceNo, { header, lines });
    }
    for (const [index, record] of records.entries()) {
      this.outcomes.set(`${record.partition}:${record.offset}`, result.outcomes[index] ?? 'none');
    }
    const summary: SummaryDelta = this.summaries.get(last.partition) ?? new Map();
    mergeDelta(summary, result.delta);
    this.summaries.set(last.partition, summary);
  }

  /** The invoices in the reference's plain form. */
  plain(): Record<string, ReferenceInvoice> {
    const plain: Record<string, ReferenceInvoice> = {};
    for (const [number, { header, lineCount, units, total, lineIds }] of this.invoices) {
      if (lineCount !== lineIds.size || header.invoiceNo !== number) throw new Error('a fold miscounts its lines');
      const { customerId, country, invoiceDate, kind } = header;
      const ids = Array.from(lineIds, ([eventId, position]) => `${eventId}@${position}`);
      plain[number] = { first: { customerId, country, invoiceDate, kind }, ids, units, total: total.toString() };
    }
    return plain;
  }

  private nextOffset(partition: number): number {
    return this.nextOffsets.get(partition) ?? 0;
  }
}

function byEventId(line: Line): [string, Line] {
  return [line.eventId, line];
}
