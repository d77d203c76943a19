import { Module } from '@nestjs/common';
import { BufferModule } from '../buffer/index.js';
import { StoreModule } from '../store/index.js';
import { TracingModule } from '../tracing/tracing.module.js';
import { MicroBatchController } from './micro-batch.controller.js';
import { PartitionProcessor } from './partition-processor.js';
import { Recaller } from './recaller.js';
import { SegmentProcessor } from './segment-processor.js';
import { TakeOver } from './take-over.js';

/** From micro-batches of `ingestion-topic` to both sinks. */
@Module({
  imports: [BufferModule, StoreModule, TracingModule],
  controllers: [MicroBatchController],
  providers: [PartitionProcessor, Recaller, SegmentProcessor, TakeOver],
})
export class ProcessingModule {}
