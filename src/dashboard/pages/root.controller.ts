import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readPackage } from '../../places.js';

interface RootAnswer {
  name: string;
  version: string;
  links: Readonly<Record<string, string>>;
}

const LINKS = {
  dashboard: '/dashboard',
  docs: '/docs',
  openapi: '/openapi.json',
  summary: '/api/summary',
  pipeline: '/api/pipeline',
  deadLetters: '/api/dead-letters',
  ready: '/health/ready',
  metrics: '/metrics',
};

@Controller()
export class RootController {
  private readonly answer = { ...readPackage(), links: LINKS };

  /** Browsers go to the dashboard; programs learn what this is and where to go on. */
  @Get()
  root(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): RootAnswer | undefined {
    void reply.header('vary', 'accept');
    if (!(request.headers.accept ?? '').includes('text/html')) return this.answer;
    void reply.code(303).header('location', '/dashboard');
    return undefined;
  }
}
