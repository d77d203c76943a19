import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config.js';
import { foldBatch, type FoldRecord, type StoredInvoice } from '../invoice/index.js';
import { BatchWriter, type BatchDecision, type DeadLetter } from '../store/index.js';
import type { Step } from '../tracing/batch-trace.js';
import { deadLetter, decodeBatch, type Decoded } from './decode.js';
import { deadLetterRecord, outputDocuments } from './documents.js';
import type { PartitionOwner } from './partition-owner.js';
import { type Decided, Recaller } from './recaller.js';
import type { Segment } from './segments.js';

/**
 * Brings one segment of a micro-batch to the sinks that lack it: decode, fold, store, then Kafka. The owner's positions
 * move with each sink's commit and never before it.
 */
@Injectable()
export class SegmentProcessor {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly writer: BatchWriter,
    private readonly recaller: Recaller,
  ) {}

  /** `step`: what runs each part, so that it can be followed. */
  async process(owner: PartitionOwner, segment: Segment, step: Step): Promise<void> {
    const startedAtMs = performance.now();
    const result = segment.storeHasIt
      ? await step('recall', () => this.recaller.recall(segment.batch, owner.storeOffset))
      : await this.store(owner, segment, startedAtMs, step);
    if (segment.outputHasIt) return;
    const forKafka = {
      documents: outputDocuments(result.invoices, this.settings.kafka.messageBytesMax),
      deadLetters: result.deadLetters.map(deadLetterRecord),
      nextOffset: segment.nextOffset,
    };
    await step('kafka transaction', () => owner.output.commit(forKafka));
    owner.outputOffset = segment.nextOffset;
  }

  /** The first run: folds the records into what the store holds, and commits. */
  private async store(owner: PartitionOwner, segment: Segment, startedAtMs: number, step: Step): Promise<Decided> {
    const decoded = await decodeBatch(segment.batch, { dateOrder: this.settings.ingest.dateOrder });
    const { batch, fromOffset, nextOffset } = segment;
    const { partition } = batch;
    const invoiceNos = touched(decoded);
    const decide = (stored: ReadonlyMap<string, StoredInvoice>) => this.decide(segment, decoded, stored);
    const { store: from, session, memory } = owner;
    const write = { partition, from, session, memory, fromOffset, nextOffset, startedAtMs, invoiceNos, decide };
    const { position, decision } = await step('store transaction', () => this.writer.apply(write));
    owner.store = position;
    owner.storeOffset = position.nextOffset;
    return { invoices: decision.fold.invoices, deadLetters: decision.deadLetters };
  }

  private decide(
    { batch }: Segment,
    decoded: readonly Decoded[],
    stored: ReadonlyMap<string, StoredInvoice>,
  ): BatchDecision {
    const good = decoded.filter((entry) => entry.ok);
    const fold = foldBatch(
      good.map(({ record }) => record),
      stored,
      this.settings.processing,
    );
    const tooLarge = good
      .filter((_, index) => fold.outcomes[index] === 'invoice-too-large')
      .map(({ raw, record }) => this.tooLarge(batch, raw, record));
    const deadLetters = [...refused(decoded), ...tooLarge];
    const duplicates = fold.duplicateOf.size;
    return {
      fold,
      deadLetters,
      records: decoded.length,
      stored: decoded.length - duplicates - deadLetters.length,
      duplicates,
    };
  }

  private tooLarge(batch: Segment['batch'], raw: Parameters<typeof deadLetter>[1], record: FoldRecord): DeadLetter {
    const { invoiceLinesMax } = this.settings.processing;
    const most = `${invoiceLinesMax} lines, or fewer where they are long`;
    const message = `invoice ${record.item.InvoiceNo} already has as many lines as one may have: ${most}`;
    return deadLetter(batch, raw, 'invoice-too-large', message);
  }
}

function refused(decoded: readonly Decoded[]): DeadLetter[] {
  return decoded.flatMap((entry) => (entry.ok ? [] : [entry.letter]));
}

function touched(decoded: readonly Decoded[]): string[] {
  const invoiceNos = new Set<string>();
  for (const entry of decoded) if (entry.ok) invoiceNos.add(entry.record.item.InvoiceNo);
  return [...invoiceNos];
}
