/** One accepted item on its way into `ingestion-topic`. */
export interface AppendRecord {
  key: string;
  value: string;
  eventId: string;
  requestId: string;
  receivedAtMs: number;
  /** The span that sends it, as W3C Trace Context has it; undefined: no trace is kept of it. */
  traceparent?: string | undefined;
}

/** Where an acknowledged record lies. */
export interface Position {
  partition: number;
  offset: number;
}
