import { Controller, Get, Header, Param } from '@nestjs/common';
import { problem, ProblemException } from '../problem.js';
import { EventTrail, type Trail } from './event-trail.js';

/** Where is my record? */
@Controller('api/events')
export class EventsController {
  constructor(private readonly trail: EventTrail) {}

  @Get(':receipt')
  @Header('cache-control', 'no-store')
  async show(@Param('receipt') receipt: string): Promise<Trail> {
    const trail = await this.trail.follow(receipt);
    if (trail === null) throw new ProblemException(problem(404, 'no record has this receipt'));
    return trail;
  }
}
