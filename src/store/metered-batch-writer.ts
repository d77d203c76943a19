import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { BatchMeter } from './batch-meter.js';
import { BatchWriter, type BatchDecision, type BatchWrite } from './batch-writer.js';
import type { StorePosition } from './checkpoints.js';
import { StoreSink } from './store-sink.js';

/** The batch writer as the application has it: what it commits is counted, so that metrics cost the store nothing. */
@Injectable()
export class MeteredBatchWriter extends BatchWriter {
  constructor(
    @InjectConnection() connection: Connection,
    sink: StoreSink,
    private readonly meter: BatchMeter,
  ) {
    super(connection, sink);
  }

  override async apply(write: BatchWrite): Promise<{ position: StorePosition; decision: BatchDecision }> {
    const result = await super.apply(write);
    const { stored, duplicates, deadLetters } = result.decision;
    const durationMs = performance.now() - write.startedAtMs;
    this.meter.count({ partition: write.partition, stored, duplicates, deadLetters: deadLetters.length, durationMs });
    return result;
  }
}
