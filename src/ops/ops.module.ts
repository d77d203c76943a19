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
import { DeadLetterActionsController } from './replay/dead-letter-actions.controller.js';
import { DeadLetterReplay } from './replay/dead-letter-replay.js';
import { DeadLetterService } from './replay/dead-letter-service.js';
import { PageActions } from './replay/page-actions.js';
import { ReplayJobRuns } from './replay/replay-job-runs.js';
import { ReplayRunner } from './replay/replay-runner.js';
import { ReplaysController } from './replay/replays.controller.js';
import { SoleInvoice } from './replay/sole-invoice.js';
import { RecordFates } from './record-fate.js';
import { RecordPlaces } from './record-place.js';

/** What an operator sees of the process: health, metrics, the pipeline, the trail of a record, the API's description. */
@Module({
  // A failed check is for whoever asked; the engines' own owners log what happened.
  imports: [BufferModule, StoreModule, TerminusModule.forRoot({ logger: false })],
  controllers: [
    ReplaysController,
    DeadLetterActionsController,
    DeadLettersController,
    EventsController,
    HealthController,
    MetricsController,
    PipelineController,
  ],
  providers: [
    DeadLetterReplay,
    DeadLetterService,
    EventTrail,
    HealthIndicators,
    Lifecycle,
    Metrics,
    PageActions,
    PipelineService,
    PipelineWatch,
    RecordFates,
    RecordPlaces,
    ReplayJobRuns,
    ReplayRunner,
    SoleInvoice,
  ],
  exports: [EventTrail, Lifecycle, Metrics, PageActions, PipelineService],
})
export class OpsModule {}
