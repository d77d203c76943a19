import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { addInvoice, addLine, type SummaryDelta } from '../../invoice/index.js';
import { Checkpoints, type StorePosition } from '../checkpoints.js';
import { DeadLetterRecord } from '../dead-letter.schema.js';
import { storeError } from '../errors.js';
import { Invoice } from '../invoice.schema.js';
import { batchFaults } from './batch-check.js';
import { checkInvoice, type CheckedInvoice } from './invoice-check.js';
import { PositionSet } from './position-set.js';
import { summaryFaults } from './summary-check.js';
import { VerifyReader } from './verify-reader.js';

/** What a verification has looked at so far. */
export interface VerifyFigures {
  invoices: number;
  lines: number;
  batches: number;
  summaries: number;
  differences: number;
}

/** The sums over the lines that lie before the checkpoints, and where all lines came from. */
interface Recount {
  checkpoints: ReadonlyMap<number, StorePosition>;
  positions: PositionSet;
  byDay: SummaryDelta;
  /** Lines before the checkpoints. */
  settled: number;
  partitions: Set<number>;
}

/**
 * Recomputes everything that is stored from the stored lines. The system may be running: checkpoints and summaries are
 * read at one moment, and the lines that came later are known by their positions and left out of the sums.
 */
@Injectable()
export class Verifier {
  constructor(
    @InjectModel(Invoice.name) private readonly invoices: Model<Invoice>,
    @InjectModel(DeadLetterRecord.name) private readonly deadLetters: Model<DeadLetterRecord>,
    private readonly checkpoints: Checkpoints,
    private readonly reader: VerifyReader,
  ) {}

  /**
   * Yields one line for each difference, as they are found; none when the store is right. Keeps `figures` up to date.
   * Memory grows with days by products, not with lines.
   */
  async *differences(figures: VerifyFigures): AsyncGenerator<string> {
    for await (const fault of this.faults(figures)) {
      figures.differences++;
      yield fault;
    }
  }

  private async *faults(figures: VerifyFigures): AsyncGenerator<string> {
    const { checkpoints, summaries } = await this.reader.snapshot();
    for (const documents of summaries.byPeriod.values()) figures.summaries += documents.length;
    const recount: Recount = {
      checkpoints,
      positions: new PositionSet(),
      byDay: new Map(),
      settled: 0,
      partitions: new Set(),
    };
    yield* this.invoiceFaults(recount, figures);
    yield* this.deadLetterFaults(recount.positions);
    yield* this.chainFaults(recount, figures);
    yield* summaryFaults(summaries, recount.byDay);
  }

  private async *invoiceFaults(recount: Recount, figures: VerifyFigures): AsyncGenerator<string> {
    try {
      for await (const document of this.invoices.collection.find<Invoice>({}, { batchSize: 500 })) {
        const invoice = checkInvoice(document);
        yield* invoice.faults;
        yield* take(invoice, recount);
        figures.invoices++;
        figures.lines += invoice.lines.length;
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  /** A record is a line or a dead letter, never both. */
  private async *deadLetterFaults(positions: PositionSet): AsyncGenerator<string> {
    const projection = { partition: 1, offset: 1 };
    try {
      for await (const letter of this.deadLetters.collection.find<DeadLetterRecord>({}, { projection })) {
        if (positions.has(letter.partition, letter.offset))
          yield `dead letter ${letter._id}: is stored as a line as well`;
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  private async *chainFaults(recount: Recount, figures: VerifyFigures): AsyncGenerator<string> {
    const counts = { batches: 0, stored: 0 };
    for (const [partition, checkpoint] of recount.checkpoints) {
      const batches = this.reader.batchesOf(partition);
      yield* batchFaults(partition, batches, checkpoint, recount.positions, counts);
    }
    figures.batches = counts.batches;
    if (counts.stored !== recount.settled) {
      yield `the batches say ${counts.stored} lines stored, the invoices have ${recount.settled}`;
    }
    // A partition may have begun since the snapshot; then it has a checkpoint now.
    const now = await this.checkpoints.all();
    for (const partition of recount.partitions) {
      if (!now.has(partition)) yield `partition ${partition}: has stored lines, but no checkpoint`;
    }
  }
}

/** Adds an invoice to the recount; yields the positions that were there already. */
function* take({ header, lines }: CheckedInvoice, recount: Recount): Generator<string> {
  const isSettled = ({ partition, offset }: { partition: number; offset: number }) =>
    offset < (recount.checkpoints.get(partition)?.nextOffset ?? 0);
  for (const [index, line] of lines.entries()) {
    const { partition, offset } = line;
    recount.partitions.add(partition);
    if (!recount.positions.add(partition, offset)) {
      yield `invoice ${header.invoiceNo}: line ${index + 1}: position ${partition}:${offset} is stored twice`;
    }
    if (!isSettled(line)) continue;
    if (index === 0) addInvoice(recount.byDay, header);
    addLine(recount.byDay, line);
    recount.settled++;
  }
}
