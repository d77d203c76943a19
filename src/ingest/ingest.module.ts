import { Module } from '@nestjs/common';
import { BufferModule } from '../buffer/index.js';
import { TracingModule } from '../tracing/tracing.module.js';
import { BulkController } from './bulk.controller.js';
import { IngestController } from './ingest.controller.js';

/** HTTP in: validates invoice lines and appends them to the buffer. */
@Module({ imports: [BufferModule, TracingModule], controllers: [IngestController, BulkController] })
export class IngestModule {}
