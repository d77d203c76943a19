/** One accepted item on its way into `ingestion-topic`. */
export interface AppendRecord {
  key: string;
  value: string;
  eventId: string;
  requestId: string;
  receivedAtMs: number;
}

/** Where an acknowledged record lies. */
export interface Position {
  partition: number;
  offset: number;
}
