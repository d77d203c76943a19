import { Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config.js';
import { Appender } from './appender.js';
import { ConsumerBoard } from './consumer-board.js';
import { KafkaAdmin } from './kafka-admin.js';
import { createKafka, KAFKA } from './kafka-client.js';
import { MicroBatchServer } from './micro-batch.server.js';
import { OutputSinks } from './output-sinks.js';
import { PartitionLog } from './partition-log.js';
import { RecordReader } from './record-reader.js';
import { Replayer } from './replayer.js';

/** Kafka, as the rest of docstream sees it. */
@Module({
  providers: [
    { provide: KAFKA, useFactory: (settings: Settings) => createKafka(settings.kafka), inject: [SETTINGS] },
    {
      provide: MicroBatchServer,
      useFactory: (kafka: ReturnType<typeof createKafka>, settings: Settings, board: ConsumerBoard) =>
        new MicroBatchServer(kafka, settings, board),
      inject: [KAFKA, SETTINGS, ConsumerBoard],
    },
    KafkaAdmin,
    Appender,
    ConsumerBoard,
    OutputSinks,
    PartitionLog,
    RecordReader,
    Replayer,
  ],
  exports: [Appender, ConsumerBoard, KafkaAdmin, MicroBatchServer, OutputSinks, PartitionLog, RecordReader, Replayer],
})
export class BufferModule {}
