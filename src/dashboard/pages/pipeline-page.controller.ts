import { Controller, Get, Header, Headers, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { PipelineLive } from '../live/pipeline-live.js';
import { Views } from './views.js';

@Controller('dashboard/pipeline')
export class PipelinePageController {
  constructor(
    private readonly views: Views,
    private readonly live: PipelineLive,
  ) {}

  /** The stages, lag, micro-batches and engines as they are now; a script of the page listens for what changes. */
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  async page(): Promise<string> {
    const { regions, id } = await this.live.page();
    return this.views.render('pipeline', {
      title: 'Pipeline',
      section: 'pipeline',
      scripts: ['pipeline.js'],
      regions: Object.entries(regions).map(([name, html]) => ({ name, html })),
      id,
    });
  }

  /** Server-sent events: the parts of the page that changed since `Last-Event-ID`, or since the id `after`. */
  @Get('events')
  events(@Res() reply: FastifyReply, @Query('after') after: unknown, @Headers('last-event-id') lastId?: string): void {
    this.live.stream(reply, lastId ?? after);
  }
}
