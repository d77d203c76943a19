import { Inject, Injectable } from '@nestjs/common';
import { decodeReceipt, encodeReceipt, type Receipt } from '../buffer/index.js';
import { SETTINGS, type Settings } from '../config.js';
import { type RecordFate, RecordFates } from './record-fate.js';
import { type Arrival, arrivalOf } from './record-identity.js';
import { RecordPlaces } from './record-place.js';

/** The answer of `GET /api/events/:receipt`. */
export interface Trail extends Arrival {
  receipt: string;
  eventId: string;
  invoiceNo: string;
  topic: string;
  partition: number;
  offset: number;
  state: 'waiting' | RecordFate['state'];
  /** While it waits: how many records come before it. */
  before: number | null;
  /** The micro-batch that took it. */
  batch: { number: number; at: string; fromOffset: number; toOffset: number } | null;
  /** Address of the invoice that has its line. */
  invoice: string | null;
  duplicateOf: { partition: number; offset: number; receipt: string } | null;
  /** Address of the dead letter that it became. */
  deadLetter: string | null;
  links: { self: string; page: string };
}

/** Says where a record is and what became of it. */
@Injectable()
export class EventTrail {
  constructor(
    private readonly places: RecordPlaces,
    private readonly fates: RecordFates,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Null for a receipt that docstream did not give. Rejects with a retriable error while the store is down, or Kafka
   * where only Kafka could tell.
   */
  async follow(text: string): Promise<Trail | null> {
    const receipt = decodeReceipt(text);
    if (receipt === null) return null;
    const place = await this.places.find(receipt);
    if (place === null) return null;
    const start = { ...this.start(text, receipt), ...arrivalOf(place.record), before: place.before };
    if (place.before !== null) {
      return { ...start, state: 'waiting', batch: null, invoice: null, duplicateOf: null, deadLetter: null };
    }
    const fate = await this.fates.find(receipt);
    return fate === null ? null : { ...start, ...outcome(receipt, fate) };
  }

  private start(text: string, { eventId, invoiceNo, partition, offset }: Receipt) {
    const topic = this.settings.kafka.ingestionTopic;
    const links = { self: `/api/events/${text}`, page: `/dashboard/events/${text}` };
    return { receipt: text, eventId, invoiceNo, topic, partition, offset, links };
  }
}

function outcome({ invoiceNo, eventId }: Receipt, fate: RecordFate) {
  const { state, batch } = fate;
  return {
    state,
    batch: batch === null ? null : briefly(batch),
    invoice: state === 'dead-letter' ? null : `/api/invoices/${invoiceNo}`,
    duplicateOf:
      state === 'duplicate'
        ? { ...fate.original, receipt: encodeReceipt({ ...fate.original, invoiceNo, eventId }) }
        : null,
    deadLetter: state === 'dead-letter' ? `/api/dead-letters/${encodeURIComponent(fate.deadLetterId)}` : null,
  };
}

function briefly({ number, at, fromOffset, toOffset }: NonNullable<RecordFate['batch']>) {
  return { number, at: at.toISOString(), fromOffset, toOffset };
}
