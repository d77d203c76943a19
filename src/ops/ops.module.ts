import { Module } from '@nestjs/common';
import { BufferModule } from '../buffer/index.js';
import { StoreModule } from '../store/index.js';
import { Lifecycle } from './lifecycle.js';

/** What an operator sees of the process: health, metrics, the pipeline, the trail of a record, the API's description. */
@Module({
  imports: [BufferModule, StoreModule],
  providers: [Lifecycle],
  exports: [Lifecycle],
})
export class OpsModule {}
