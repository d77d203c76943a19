import { Body, Controller, Get, Header, Ip, Post, Query, Redirect, UseGuards } from '@nestjs/common';
import { encodePlace, readFilter, readListing } from '../../dead-letter-query.js';
import { ForeignPageGuard } from '../../access/same-origin.js';
import { DeadLetterReader, ReplayJobs } from '../../store/index.js';
import { FormAdmission } from './form-admission.js';
import { filtersOf, type Given, linkTo, REASONS, reasonLabel } from './letter-filters.js';
import { tallyLetters } from './letter-tally.js';
import { Views } from './views.js';

const PATH = '/dashboard/dead-letters';

/** What could not be processed: found by filters, and replayed or discarded together. */
@Controller('dashboard/dead-letters')
export class DeadLettersPageController {
  constructor(
    private readonly letters: DeadLetterReader,
    private readonly jobs: ReplayJobs,
    private readonly views: Views,
    private readonly admission: FormAdmission,
  ) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  async page(@Query() query: Given): Promise<string> {
    const { filter, after, limit } = readListing(query);
    const groups = await this.letters.countByDay({ ...filter, reason: null });
    const listed = groups.filter(({ reason }) => filter.reason === null || reason === filter.reason);
    const about = listed.reduce((sum, { count }) => sum + count, 0);
    const [{ letters, more }, jobs] = await Promise.all([
      this.letters.list(filter, after, limit, about),
      this.jobs.newest(),
    ]);
    const last = letters.at(-1);
    const next = more && last !== undefined ? encodePlace(last) : null;
    const given = Object.fromEntries(filtersOf(query).map(({ name, value }) => [name, value]));
    return this.views.render('dead-letters', {
      title: 'Dead letters',
      section: 'dead-letters',
      given: { state: 'open', ...given },
      isFiltered: filtersOf(query).length > 0,
      reasons: Object.entries(REASONS).map(([value, label]) => ({ value, label })),
      tally: tallyLetters(groups, filter.reason, (reason) => linkTo(PATH, query, { reason })),
      letters: letters.map((letter) => ({ ...letter, at: letter.at.toISOString(), label: reasonLabel(letter.reason) })),
      jobs: jobs.filter(({ state }) => state === 'running' || state === 'stopping'),
      allHref: linkTo(PATH, query, { reason: null }),
      replayHref: linkTo(`${PATH}/replay`, query),
      discardHref: linkTo(`${PATH}/discard`, query),
      newestHref: after === null ? null : linkTo(PATH, query),
      olderHref: next === null ? null : linkTo(PATH, query, { cursor: next }),
      ...{ hasPages: after !== null || next !== null, done: doneOf(query) },
    });
  }

  /** Asks before all that match are replayed. */
  @Get('replay')
  @Header('content-type', 'text/html; charset=utf-8')
  confirmReplay(@Query() query: Given): Promise<string> {
    return this.confirm(query, 'replay');
  }

  /** Asks before all that match are discarded. */
  @Get('discard')
  @Header('content-type', 'text/html; charset=utf-8')
  confirmDiscard(@Query() query: Given): Promise<string> {
    return this.confirm(query, 'discard');
  }

  @Post('replay')
  @UseGuards(ForeignPageGuard)
  @Redirect(PATH, 303)
  async replay(@Body() form: Given | null, @Ip() address: string): Promise<{ url: string }> {
    const { actions, key } = await this.admission.actionsFor(form ?? {}, address);
    const job = await actions.replayMatching(readFilter(form ?? {}, ['apiKey']).filter, key);
    return { url: job === null ? `${PATH}?done=replayed&count=0` : `${PATH}/replays/${job.id}` };
  }

  @Post('discard')
  @UseGuards(ForeignPageGuard)
  @Redirect(PATH, 303)
  async discard(@Body() form: Given | null, @Ip() address: string): Promise<{ url: string }> {
    const { actions, key } = await this.admission.actionsFor(form ?? {}, address);
    const count = await actions.discardMatching(readFilter(form ?? {}, ['apiKey']).filter, key);
    return { url: `${PATH}?done=discarded&count=${count}` };
  }

  private async confirm(query: Given, action: 'replay' | 'discard'): Promise<string> {
    const { filter } = readFilter(query);
    const groups = await this.letters.countByDay(filter);
    return this.views.render('dead-letters-confirm', {
      title: action === 'replay' ? 'Replay dead letters' : 'Discard dead letters',
      section: 'dead-letters',
      count: groups.reduce((sum, { count }) => sum + count, 0),
      filters: filtersOf(query),
      action: `${PATH}/${action}`,
      isReplay: action === 'replay',
      backHref: query.ids === undefined ? linkTo(PATH, query) : PATH,
      needsKey: this.admission.needsKey,
    });
  }
}

/** What was done just before, as the address says. */
function doneOf({ done, count }: Given): { isDiscarded: boolean; count: number } | null {
  if (done !== 'discarded' && done !== 'replayed') return null;
  return {
    isDiscarded: done === 'discarded',
    count: typeof count === 'string' && /^\d{1,9}$/.test(count) ? Number(count) : 0,
  };
}
