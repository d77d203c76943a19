import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { BufferModule } from '../buffer/index.js';
import { StoreModule } from '../store/index.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { EventTrail } from './event-trail.js';
import { EventsController } from './events.controller.js';
import { HealthController } from './health.controller.js';
import { HealthIndicators } from './health.indicators.js';
import { Lifecycle } from './lifecycle.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { PipelineController } from './pipeline.controller.js';
import { PipelineService } from './pipeline.service.js';
import { PipelineWatch } from './pipeline-watch.js';
import { RecordFates } from './record-fate.js';
import { RecordPlaces } from './record-place.js';

/** What an operator sees of the process: health, metrics, the pipeline, the trail of a record, the API's description. */
@Module({
  // A failed check is for whoever asked; the engines' own owners log what happened.
  imports: [BufferModule, StoreModule, TerminusModule.forRoot({ logger: false })],
  controllers: [DeadLettersController, EventsController, HealthController, MetricsController, PipelineController],
  providers: [
    EventTrail,
    HealthIndicators,
    Lifecycle,
    Metrics,
    PipelineService,
    PipelineWatch,
    RecordFates,
    RecordPlaces,
  ],
  exports: [EventTrail, Lifecycle, Metrics, PipelineService],
})
export class OpsModule {}
