/** What others may use of the buffer. kafkajs stays behind this face. */
export type { AppendRecord, Position } from './append-record.js';
export { Appender } from './appender.js';
export { BufferModule } from './buffer.module.js';
export { BufferUnavailableError, OwnershipLostError, RecordTooLargeError } from './errors.js';
export { KafkaAdmin } from './kafka-admin.js';
export { createKafka } from './kafka-client.js';
export { INGESTION, type Assignment, type MicroBatch, type RawRecord, type Verdict } from './micro-batch.js';
export type { ConsumerStatus } from './consumer-status.js';
export { MicroBatchServer } from './micro-batch.server.js';
export { OutputSink } from './output-sink.js';
export { OutputTransaction, type Output, type OutputRecord } from './output-transaction.js';
export { PartitionLog, type LogRange } from './partition-log.js';
export { RecordReader } from './record-reader.js';
export { type RawAppend, Replayer } from './replayer.js';
export { decodeReceipt, encodeReceipt, type Receipt } from './receipt.js';
export { ensureTopics } from './topics.js';
export { listTopics, type TopicPartition } from './topic-listing.js';
export { NoSuchTopicError, tailTopic, type TailOptions, type TailRecord } from './topic-tail.js';
