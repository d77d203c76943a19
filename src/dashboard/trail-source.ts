/** What the page of an event shows: the shape of `GET /api/events/:receipt`. */
export interface TrailView {
  receipt: string;
  eventId: string;
  invoiceNo: string | null;
  receivedAt: string | null;
  requestId: string | null;
  topic: string;
  partition: number;
  offset: number;
  state: 'waiting' | 'stored' | 'duplicate' | 'dead-letter';
  before: number | null;
  batch: { number: number; at: string; fromOffset: number; toOffset: number } | null;
  duplicateOf: { partition: number; offset: number; receipt: string } | null;
  /** Addresses in the API. */
  deadLetter: string | null;
  replayOf: string | null;
  replays: readonly { at: string; trail: string }[];
}

/** Where the dashboard learns what became of a record; the application binds it. */
export abstract class TrailSource {
  /** Of a receipt, or a position as `topic:partition:offset`; null when there is no such record. */
  abstract follow(receipt: string): Promise<TrailView | null>;
  /** Of the line that has this event id in the invoice; null when there is none. */
  abstract followEvent(invoiceNo: string, eventId: string): Promise<TrailView | null>;
  /** The receipt of a stored line. */
  abstract receiptOf(line: { partition: number; offset: number; invoiceNo: string; eventId: string }): string;
}
