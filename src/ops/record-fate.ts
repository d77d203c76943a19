import { Inject, Injectable } from '@nestjs/common';
import type { Position, Receipt } from '../buffer/index.js';
import { SETTINGS, type Settings } from '../config.js';
import { BatchReader, type BatchView, DeadLetterReader, InvoiceStates, type KeptDeadLetter } from '../store/index.js';
import { isRecordOf } from './record-identity.js';

/** What became of a record that a micro-batch took. */
export type RecordFate =
  | { state: 'stored'; batch: BatchView | null }
  /** The event was there already, from the record at `original`. */
  | { state: 'duplicate'; batch: BatchView | null; original: Position }
  | { state: 'dead-letter'; batch: BatchView | null; letter: KeptDeadLetter };

/** Finds out from the store, by ids alone. */
@Injectable()
export class RecordFates {
  constructor(
    private readonly invoices: InvoiceStates,
    private readonly deadLetters: DeadLetterReader,
    private readonly batches: BatchReader,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Null: the store knows nothing of such a record. @throws StoreUnavailableError */
  async find(receipt: Receipt): Promise<RecordFate | null> {
    const { partition, offset, invoiceNo, eventId } = receipt;
    const topic = this.settings.kafka.ingestionTopic;
    const [invoices, letter, batch] = await Promise.all([
      this.invoices.read([invoiceNo]),
      this.deadLetters.find(`${topic}:${partition}:${offset}`),
      this.batches.covering(partition, offset),
    ]);
    const line = positionFrom(invoices.get(invoiceNo)?.lineIds.get(eventId));
    if (line?.partition === partition && line.offset === offset) return { state: 'stored', batch };
    // A dead letter comes first: replayed, its event is stored under another position, which is no original of it.
    if (letter !== null)
      return isRecordOf(receipt, topic, letter, this.settings.ingest) ? { state: 'dead-letter', batch, letter } : null;
    return line === null ? null : { state: 'duplicate', batch, original: line };
  }

  /** The position of the line that has this event id in the invoice. @throws StoreUnavailableError */
  async lineOf(invoiceNo: string, eventId: string): Promise<Position | null> {
    const invoices = await this.invoices.read([invoiceNo]);
    return positionFrom(invoices.get(invoiceNo)?.lineIds.get(eventId));
  }

  /** The dead letter that the record at the position became; null when it did not. @throws StoreUnavailableError */
  async deadLetterAt({ partition, offset }: Position): Promise<(RecordFate & { state: 'dead-letter' }) | null> {
    const [letter, batch] = await Promise.all([
      this.deadLetters.find(`${this.settings.kafka.ingestionTopic}:${partition}:${offset}`),
      this.batches.covering(partition, offset),
    ]);
    return letter === null ? null : { state: 'dead-letter', batch, letter };
  }
}

function positionFrom(text: string | undefined): Position | null {
  const [partition, offset] = (text ?? '').split(':').map(Number);
  return partition === undefined || offset === undefined ? null : { partition, offset };
}
