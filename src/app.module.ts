import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AccessModule } from './access/access.module.js';
import { BufferModule } from './buffer/index.js';
import { SETTINGS, type Settings } from './config.js';
import { DashboardModule } from './dashboard/dashboard.module.js';
import { DeadLetterActions } from './dashboard/dead-letter-actions.js';
import { PipelineSource } from './dashboard/pipeline-source.js';
import { TrailSource } from './dashboard/trail-source.js';
import { IngestModule } from './ingest/ingest.module.js';
import { EventTrail } from './ops/event-trail.js';
import { OpsModule } from './ops/ops.module.js';
import { PipelineService } from './ops/pipeline.service.js';
import { PageActions } from './ops/replay/page-actions.js';
import { ProblemFilter } from './problem.js';
import { hasProcessingThread } from './processing/thread/processing-thread.js';
import { ProcessingModule } from './processing/processing.module.js';
import { StoreModule } from './store/index.js';
import { TracingModule } from './tracing/tracing.module.js';

/** The whole application; the settings' roles say which actors take part. */
@Module({})
export class AppModule {
  static with(settings: Settings): DynamicModule {
    const { roles } = settings;
    return {
      module: AppModule,
      global: true,
      imports: [
        AccessModule,
        BufferModule,
        StoreModule,
        OpsModule,
        TracingModule,
        ...(roles.includes('ingest') ? [IngestModule] : []),
        ...(roles.includes('processing') && !hasProcessingThread(settings) ? [ProcessingModule] : []),
        ...(roles.includes('dashboard') ? [DashboardModule] : []),
      ],
      providers: [
        { provide: SETTINGS, useValue: settings },
        // The pages know nothing of Kafka: what they show and do of the pipeline comes from ops.
        { provide: DeadLetterActions, useExisting: PageActions },
        { provide: PipelineSource, useExisting: PipelineService },
        { provide: TrailSource, useExisting: EventTrail },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: [SETTINGS, DeadLetterActions, PipelineSource, TrailSource],
    };
  }
}
