import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readPackage } from '../../places.js';
import { Installation } from '../../store/index.js';

interface RootAnswer {
  name: string;
  version: string;
  /** Tells the data from other data at the same address; null while the store does not answer. */
  installation: string | null;
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
  private readonly names = readPackage();

  constructor(private readonly installation: Installation) {}

  /** Browsers go to the dashboard; programs learn what this is and where to go on. */
  @Get()
  async root(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RootAnswer | undefined> {
    void reply.header('vary', 'accept');
    if (!(request.headers.accept ?? '').includes('text/html')) {
      return { ...this.names, installation: await this.installation.id().catch(() => null), links: LINKS };
    }
    void reply.code(303).header('location', '/dashboard');
    return undefined;
  }
}
