import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { BufferModule } from '../buffer/index.js';
import { StoreModule } from '../store/index.js';
import { HealthController } from './health.controller.js';
import { HealthIndicators } from './health.indicators.js';
import { Lifecycle } from './lifecycle.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { PipelineController } from './pipeline.controller.js';
import { PipelineService } from './pipeline.service.js';
import { PipelineWatch } from './pipeline-watch.js';

/** What an operator sees of the process: health, metrics, the pipeline, the trail of a record, the API's description. */
@Module({
  // A failed check is for whoever asked; the engines' own owners log what happened.
  imports: [BufferModule, StoreModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController, PipelineController],
  providers: [HealthIndicators, Lifecycle, Metrics, PipelineService, PipelineWatch],
  exports: [Lifecycle, Metrics, PipelineService],
})
export class OpsModule {}
