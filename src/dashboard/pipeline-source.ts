/** Kafka, the store, or the consumer of this instance. */
export interface EngineView {
  readonly state: string;
  /** What is wrong with it. */
  readonly message?: string | null;
  /** Partitions of a consumer that wait for an engine, or that have stopped. */
  readonly waiting?: readonly { partition: number; reason: string }[];
  readonly stopped?: readonly { partition: number; reason: string }[];
}

/** What the pipeline page shows: the shape of `GET /api/pipeline`. */
export interface PipelineView {
  partitions: readonly {
    topic: string;
    partition: number;
    endOffset: number | null;
    storeOffset: number | null;
    outputOffset: number | null;
    /** Counted from the older of the two positions; null while it can't be known. */
    lag: number | null;
  }[];
  /** Newest first. */
  batches: readonly {
    number: number;
    partition: number;
    fromOffset: number;
    toOffset: number;
    records: number;
    stored: number;
    duplicates: number;
    deadLetters: number;
    durationMs: number;
    at: string;
  }[];
  /** How many there are; null while it can't be known. */
  deadLetters: number | null;
  /** What people should look at. */
  warnings?: readonly string[];
  rates: {
    eventsInPerSecond: number | null;
    eventsOutPerSecond: number | null;
    batchesPerSecond: number | null;
  };
  engines: Readonly<Record<string, EngineView>>;
}

/** Where the dashboard learns of the pipeline; the application binds it, so that pages know nothing of Kafka. */
export abstract class PipelineSource {
  abstract snapshot(): Promise<PipelineView>;
}
