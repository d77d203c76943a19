import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { INGESTION, type MicroBatch, type Verdict } from '../buffer/index.js';
import { PartitionProcessor } from './partition-processor.js';

/** Takes the micro-batches of `ingestion-topic` from the transport. */
@Controller()
export class MicroBatchController {
  constructor(private readonly processor: PartitionProcessor) {}

  @EventPattern<string>(INGESTION)
  onMicroBatch(@Payload() batch: MicroBatch): Promise<Verdict> {
    return this.processor.process(batch);
  }
}
