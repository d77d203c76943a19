import { Module } from '@nestjs/common';
import { SETTINGS } from '../config.js';
import { startTracing } from './start-tracing.js';
import { Tracing } from './tracing.js';

/** Traces by OpenTelemetry, off unless an endpoint is set. */
@Module({
  providers: [{ provide: Tracing, useFactory: startTracing, inject: [SETTINGS] }],
  exports: [Tracing],
})
export class TracingModule {}
