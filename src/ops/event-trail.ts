import { Inject, Injectable } from '@nestjs/common';
import { decodeReceipt, encodeReceipt, type Position, type Receipt } from '../buffer/index.js';
import { SETTINGS, type Settings } from '../config.js';
import { identityOf, type KeptDeadLetter } from '../store/index.js';
import { type RecordFate, RecordFates } from './record-fate.js';
import { type Arrival, arrivalOf, replayedFrom } from './record-identity.js';
import { RecordPlaces } from './record-place.js';

/** The answer of `GET /api/events/:receipt`. */
export interface Trail extends Arrival {
  /** The position, `topic:partition:offset`, of a record that no receipt can name. */
  receipt: string;
  eventId: string;
  /** Null where nothing can read one in the record. */
  invoiceNo: string | null;
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
  /** Address of the dead letter that it is a replay of; null as well where the record is not known any more. */
  replayOf: string | null;
  /** When the dead letter that it became was replayed, and the trails of the replays, oldest first. */
  replays: readonly { at: string; trail: string }[];
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
   * Of a receipt, or of a position as `topic:partition:offset`. Null for what docstream did not give, and for a position
   * that has no record, or whose record was stored and is no longer in Kafka: only a receipt finds that one. Rejects
   * with a retriable error while the store is down, or Kafka where only Kafka could tell.
   */
  async follow(text: string): Promise<Trail | null> {
    const receipt = decodeReceipt(text);
    if (receipt !== null) return this.ofReceipt(text, receipt);
    const position = this.positionFrom(text);
    return position === null ? null : this.ofPosition(text, position);
  }

  /** Of the line that has this event id in the invoice; null when there is none. Rejects as `follow` does. */
  async followEvent(invoiceNo: string, eventId: string): Promise<Trail | null> {
    const position = await this.fates.lineOf(invoiceNo, eventId);
    return position === null ? null : this.follow(encodeReceipt({ ...position, invoiceNo, eventId }));
  }

  /** What leads to the trail of a stored line. */
  receiptOf(line: Receipt): string {
    return encodeReceipt(line);
  }

  private async ofReceipt(text: string, receipt: Receipt): Promise<Trail | null> {
    const place = await this.places.find(receipt);
    if (place === null) return null;
    const { record, before } = place;
    const start = { ...this.start(text, receipt), ...arrivalOf(record), replayOf: this.replayOf(record), before };
    if (before !== null) return { ...start, ...WAITING };
    const fate = await this.fates.find(receipt);
    if (fate === null) return null;
    const replayOf = start.replayOf ?? this.replayOf(fate.state === 'dead-letter' ? fate.letter : null);
    return { ...start, ...outcome(receipt, fate), replayOf };
  }

  private async ofPosition(text: string, position: Position): Promise<Trail | null> {
    const fate = await this.fates.deadLetterAt(position);
    const record = fate === null ? await this.places.recordAt(position) : letterAsRecord(fate.letter);
    if (record === null) return null;
    const { value, headers } = record;
    const { eventId, invoiceNo } = identityOf({ id: text, value, headers });
    if (invoiceNo !== null) {
      const named = { ...position, eventId, invoiceNo };
      const trail = await this.ofReceipt(encodeReceipt(named), named);
      if (trail !== null) return trail;
    }
    const start = { ...this.start(text, { ...position, eventId, invoiceNo }), ...arrivalOf(record), before: null };
    const replayOf = this.replayOf(record);
    if (fate !== null) return { ...start, ...outcome(null, fate), replayOf };
    const before = await this.places.waitingBehind(position);
    if (before !== null) return { ...start, ...WAITING, before, replayOf };
    // A micro-batch has taken it since its fate was asked for.
    const sealed = await this.fates.deadLetterAt(position);
    return sealed === null ? null : { ...start, ...outcome(null, sealed), replayOf };
  }

  private start(
    text: string,
    { eventId, invoiceNo, partition, offset }: Omit<Receipt, 'invoiceNo'> & { invoiceNo: string | null },
  ) {
    const topic = this.settings.kafka.ingestionTopic;
    const links = { self: `/api/events/${text}`, page: `/dashboard/events/${text}` };
    return { receipt: text, eventId, invoiceNo, topic, partition, offset, links };
  }

  private positionFrom(text: string): Position | null {
    const prefix = `${this.settings.kafka.ingestionTopic}:`;
    const [, partition, offset] =
      (text.startsWith(prefix) && /^(\d{1,9}):(\d{1,15})$/.exec(text.slice(prefix.length))) || [];
    return partition === undefined || offset === undefined
      ? null
      : { partition: Number(partition), offset: Number(offset) };
  }

  private replayOf(record: Parameters<typeof replayedFrom>[0] | null): string | null {
    const id = record === null ? null : replayedFrom(record);
    return id === null || this.positionFrom(id) === null ? null : addressOf(id);
  }
}

const WAITING = {
  state: 'waiting',
  batch: null,
  invoice: null,
  duplicateOf: null,
  deadLetter: null,
  replays: [],
} as const;

/** @param receipt null where none can name the record, which is a dead letter then. */
function outcome(receipt: Receipt | null, fate: RecordFate) {
  const { state, batch } = fate;
  const letter = fate.state === 'dead-letter' ? fate.letter : null;
  return {
    state,
    batch: batch === null ? null : briefly(batch),
    invoice: receipt === null || letter !== null ? null : `/api/invoices/${receipt.invoiceNo}`,
    duplicateOf:
      receipt !== null && fate.state === 'duplicate'
        ? { ...fate.original, receipt: encodeReceipt({ ...receipt, ...fate.original }) }
        : null,
    deadLetter: letter === null ? null : addressOf(letter.id),
    replays: letter === null ? [] : replaysOf(letter),
  };
}

function replaysOf({ topic, history }: KeptDeadLetter): Trail['replays'] {
  return history.flatMap((act) => {
    if (act.action !== 'replayed') return [];
    const { at, to, receipt } = act;
    return [{ at: at.toISOString(), trail: `/api/events/${receipt ?? `${topic}:${to.partition}:${to.offset}`}` }];
  });
}

function letterAsRecord({ at, ...letter }: KeptDeadLetter) {
  return { ...letter, timestampMs: at.getTime() };
}

function addressOf(deadLetterId: string): string {
  return `/api/dead-letters/${encodeURIComponent(deadLetterId)}`;
}

function briefly({ number, at, fromOffset, toOffset }: NonNullable<RecordFate['batch']>) {
  return { number, at: at.toISOString(), fromOffset, toOffset };
}
