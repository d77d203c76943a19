import { Controller, Get, Header, Optional } from '@nestjs/common';
import { problem, ProblemException } from '../../problem.js';
import { PipelineSource, type PipelineView } from '../pipeline-source.js';
import { Views } from './views.js';

const ENGINE_NAMES: Readonly<Record<string, string>> = { kafka: 'Kafka', store: 'Store', consumer: 'Consumer' };

@Controller('dashboard/pipeline')
export class PipelinePageController {
  constructor(
    private readonly views: Views,
    @Optional() private readonly source?: PipelineSource,
  ) {}

  /** Lag, micro-batches and engines as they are now; a script of the page asks for it again and again. */
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  async page(): Promise<string> {
    if (this.source === undefined) {
      throw new ProblemException(problem(503, 'This instance does not know the state of the pipeline.'));
    }
    const pipeline = await this.source.snapshot();
    return this.views.render('pipeline', {
      title: 'Pipeline',
      section: 'pipeline',
      scripts: ['live.js'],
      pipeline,
      lag: lagOf(pipeline),
      engines: Object.entries(pipeline.engines).map(([key, { state }]) => ({
        name: ENGINE_NAMES[key] ?? key,
        state,
        isGood: state === 'up' || state === 'running' || state === 'ok',
      })),
    });
  }
}

/** Of all partitions together; null while that of one is not known. */
function lagOf({ partitions }: PipelineView): number | null {
  return partitions.reduce<number | null>((sum, { lag }) => (sum === null || lag === null ? null : sum + lag), 0);
}
