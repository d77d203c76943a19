import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import type { InvoiceHeader, StoredInvoice, StoredLines } from '../invoice/index.js';
import { storeError } from './errors.js';
import { Invoice } from './invoice.schema.js';
import { sessionOption } from './snapshot.js';
import { fromDecimal, lineFrom, toIsoSeconds } from './values.js';

/** What a fold needs of an invoice, and no more: line ids, positions and sums. */
const STATE = { kind: 1, customerId: 1, country: 1, invoiceDate: 1, partition: 1, lineCount: 1, units: 1, total: 1 };
const LINE_IDS = { 'lines.eventId': 1, 'lines.partition': 1, 'lines.offset': 1 };

/** Of an invoice of more lines, the fold wants to know whether its document takes the next ones. */
const LINES_UNWEIGHED = 5_000;

export interface InvoiceState extends StoredInvoice {
  /** The partition that the invoice began in. */
  partition: number;
}

/** Reads the invoices that a micro-batch touches, by their numbers, in one query. */
@Injectable()
export class InvoiceStates {
  constructor(@InjectModel(Invoice.name) private readonly invoices: Model<Invoice>) {}

  /**
   * Those of the invoices that exist, as they are in the session's snapshot. It asks for none as well: the first command
   * of a transaction says how it reads, which the local store does not take from one that writes.
   */
  async read(invoiceNos: readonly string[], session?: ClientSession): Promise<Map<string, InvoiceState>> {
    const found = new Map<string, InvoiceState>();
    try {
      const documents = this.invoices.collection.find<Invoice & { _id: string }>(
        { _id: { $in: [...invoiceNos] } } as object,
        { projection: { ...STATE, ...LINE_IDS }, ...sessionOption(session) },
      );
      for await (const document of documents) found.set(document._id, stateOf(document));
      const large = Array.from(found.values()).filter(({ lineCount }) => lineCount > LINES_UNWEIGHED);
      for (const state of large) state.bytes = await this.bytesOf(state.header.invoiceNo, session);
      return found;
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Undefined where it has gone since. */
  private async bytesOf(invoiceNo: string, session?: ClientSession): Promise<number | undefined> {
    const options = { ...sessionOption(session), raw: true };
    const document = await this.invoices.collection.findOne({ _id: invoiceNo } as object, options);
    return (document as Buffer | null)?.length;
  }

  /** Those of the invoices that exist, each with the lines that have the event ids asked for. */
  async lines(asked: ReadonlyMap<string, ReadonlySet<string>>): Promise<Map<string, StoredLines>> {
    const found = new Map<string, StoredLines>();
    try {
      const documents = this.invoices.collection.find<Invoice>({ _id: { $in: [...asked.keys()] } } as object);
      for await (const document of documents) {
        const lines = document.lines.filter(({ eventId }) => asked.get(document._id)?.has(eventId));
        found.set(document._id, {
          header: headerOf(document),
          lines: new Map(lines.map((line) => [line.eventId, lineFrom(line, document)])),
        });
      }
      return found;
    } catch (error) {
      throw storeError(error);
    }
  }
}

function headerOf({ _id: invoiceNo, kind, customerId, country, invoiceDate }: Invoice): InvoiceHeader {
  return { invoiceNo, kind, customerId, country, invoiceDate: toIsoSeconds(invoiceDate) };
}

function stateOf(invoice: Invoice): InvoiceState {
  const lineIds = new Map<string, string>();
  for (const { eventId, partition, offset } of invoice.lines) {
    lineIds.set(eventId, `${partition ?? invoice.partition}:${offset}`);
  }
  const { partition, lineCount, units, total } = invoice;
  return {
    header: headerOf(invoice),
    partition,
    lineCount,
    units,
    total: fromDecimal(total),
    lineIds,
  };
}
