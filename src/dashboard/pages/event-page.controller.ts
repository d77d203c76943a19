import { Controller, Get, Header, Inject, Optional, Param, Query } from '@nestjs/common';
import { eventIdRule, invoiceNoRule } from '../../invoice/index.js';
import { problem, ProblemException } from '../../problem.js';
import { TrailSource, type TrailView } from '../trail-source.js';
import type { Given } from './letter-filters.js';
import { Views } from './views.js';

/** The trail of one record: when it came, what took it, and what became of it. */
@Controller('dashboard/events')
export class EventPageController {
  constructor(
    private readonly views: Views,
    @Optional() @Inject(TrailSource) private readonly source?: TrailSource,
  ) {}

  /** A form for what people have of a record; with its fields filled in, the trail. */
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  async find(@Query() query: Given): Promise<string> {
    const [receipt, invoiceNo, eventId] = [query.receipt, query.invoiceNo, query.eventId].map(textOf);
    if (receipt) return this.page(receipt.replace(/^.*\/events\//, ''));
    const number = invoiceNoRule(invoiceNo);
    const name = eventIdRule(eventId);
    const isAsked = Boolean(invoiceNo) && Boolean(eventId);
    if (isAsked && typeof number === 'string' && typeof name === 'string') {
      return this.render(await this.trails.followEvent(number, name));
    }
    return this.views.render('event-search', {
      title: 'Find a record',
      given: { receipt, invoiceNo, eventId },
      isAsked,
    });
  }

  @Get(':receipt')
  @Header('content-type', 'text/html; charset=utf-8')
  async page(@Param('receipt') receipt: string): Promise<string> {
    return this.render(await this.trails.follow(receipt));
  }

  private async render(trail: TrailView | null): Promise<string> {
    if (trail === null) throw new ProblemException(problem(404, 'No record has this receipt or position.'));
    const { receipt, deadLetter, replayOf, duplicateOf, replays, state } = trail;
    return this.views.render('event', {
      title: 'Trail of a record',
      trail,
      path: `/dashboard/events/${encodeURIComponent(receipt)}`,
      apiHref: `/api/events/${encodeURIComponent(receipt)}`,
      label: STATES[state],
      isWaiting: state === 'waiting',
      isStored: state === 'stored',
      scripts: state === 'waiting' ? ['live.js'] : [],
      deadLetterHref: pageOf(deadLetter),
      replayOfHref: pageOf(replayOf),
      duplicateOfHref: duplicateOf === null ? null : `/dashboard/events/${duplicateOf.receipt}`,
      replays: replays.map(({ at, trail: address }) => ({ at, href: pageOf(address) })),
    });
  }

  private get trails(): TrailSource {
    if (this.source === undefined) throw new ProblemException(problem(503, 'This instance does not know of records.'));
    return this.source;
  }
}

const STATES = { waiting: 'Waiting', stored: 'Stored', duplicate: 'Duplicate', 'dead-letter': 'Dead letter' } as const;

/** The page of what the API has at the address. */
function pageOf(address: string | null): string | null {
  return address === null ? null : address.replace(/^\/api\//, '/dashboard/');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
