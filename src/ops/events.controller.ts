import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { eventIdRule, invoiceNoRule, Refusal } from '../invoice/index.js';
import { problem, ProblemException } from '../problem.js';
import { EventTrail, type Trail } from './event-trail.js';

/** Where is my record? */
@Controller('api/events')
export class EventsController {
  constructor(private readonly trail: EventTrail) {}

  /** By its id and the invoice that has it, for those who have no receipt. */
  @Get()
  @Header('cache-control', 'no-store')
  async find(@Query() { invoiceNo, eventId }: Record<string, unknown>): Promise<Trail> {
    const number = invoiceNoRule(invoiceNo);
    const name = eventIdRule(eventId);
    const errors = [];
    if (number instanceof Refusal) errors.push({ field: 'invoiceNo', message: number.message });
    if (typeof name !== 'string') errors.push({ field: 'eventId', message: name?.message ?? 'is required' });
    if (number instanceof Refusal || typeof name !== 'string') {
      throw new ProblemException(problem(400, 'not a valid query', errors));
    }
    const trail = await this.trail.followEvent(number, name);
    if (trail === null) throw new ProblemException(problem(404, 'the invoice has no event with this id'));
    return trail;
  }

  @Get(':receipt')
  @Header('cache-control', 'no-store')
  async show(@Param('receipt') receipt: string): Promise<Trail> {
    const trail = await this.trail.follow(receipt);
    if (trail === null) throw new ProblemException(problem(404, 'no record has this receipt'));
    return trail;
  }
}
