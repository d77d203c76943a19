import type { RecordHeader } from '../record-header.js';

/** The pattern under which the transport hands over micro-batches, whatever the topic is called in the settings. */
export const INGESTION = 'ingestion-topic';

/** One Kafka record as it lies in the topic. Its parts may be made each time they are asked for. */
export interface RawRecord {
  readonly offset: number;
  /** Kafka's own time of the record, ms since 1970. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Those of one name together and in their order: kafkajs does not tell what lay between them. */
  readonly headers: readonly RecordHeader[];
}

/**
 * Consecutive records of one partition, handed to an `@EventPattern` handler as a whole: all that Kafka shows from
 * `fromOffset` to `nextOffset`. None where it hides all of them (markers and aborted records of other producers'
 * transactions), and once for each newly assigned partition, from 0 to 0, so that its owner can take up the positions
 * before anything arrives. What was fetched before a seek may still come after it: such a batch begins too far on.
 */
export interface MicroBatch {
  topic: string;
  partition: number;
  records: readonly RawRecord[];
  /** The first offset that this batch covers. */
  fromOffset: number;
  /** One past the last offset that this batch covers. */
  nextOffset: number;
  /** A new object for every assignment of the partition to this instance: what was known before it is stale. */
  assignment: Assignment;
  /** Why Kafka's records here can't be read: such a batch has none, and whoever gets to it has to stop. */
  unreadable?: string;
}

/** The time during which this instance owns a set of partitions without interruption. */
export interface Assignment {
  readonly generation: number;
}

/** What the handler answers for a batch; a handler never throws. */
export type Verdict =
  /** Everything below nextOffset is on both sinks: go on from there. */
  | { kind: 'done'; nextOffset: number }
  /** Deliver again from this offset. */
  | { kind: 'seek'; offset: number }
  /** A dependency is down: deliver this batch again after a pause, while the group stays alive. */
  | { kind: 'retry'; reason: string; afterMs: number }
  /** Going on would lose or double something: the partition stops until an operator has looked. */
  | { kind: 'stop'; reason: string };
