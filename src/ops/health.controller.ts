import { Controller, Get, Header, Res, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { BatchMeter } from '../store/index.js';
import { HealthIndicators } from './health.indicators.js';
import { Lifecycle } from './lifecycle.js';

/** Whether the process lives, and whether it should be sent work. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicators,
    private readonly lifecycle: Lifecycle,
    private readonly meter: BatchMeter,
  ) {}

  /** 200 as long as the event loop turns; an engine that is down is no reason to kill this process. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 when what the roles need of Kafka, store and consumer works, else 503; 503 `shutting_down` before anything closes. */
  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const { status, details: checks } = await this.check();
    const { warning } = this.meter;
    // Said loudly, and no reason to take the instance out of service: the records are at fault.
    const details = warning === null ? checks : { ...checks, records: { status: 'up', warning } };
    const answer = { status: this.lifecycle.shuttingDown ? 'shutting_down' : status, details };
    void reply
      .code(answer.status === 'ok' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(answer);
  }

  private async check(): Promise<HealthCheckResult> {
    try {
      return await this.health.check(this.indicators.all());
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }
}
