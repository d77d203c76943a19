import { Controller, Get, Header } from '@nestjs/common';
import { type Pipeline, PipelineService } from './pipeline.service.js';

/** How far processing is, and how it goes. */
@Controller('api/pipeline')
export class PipelineController {
  constructor(private readonly pipeline: PipelineService) {}

  @Get()
  @Header('cache-control', 'no-store')
  show(): Promise<Pipeline> {
    return this.pipeline.snapshot();
  }
}
