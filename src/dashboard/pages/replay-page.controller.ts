import { Body, Controller, Get, Header, Ip, Param, Post, Redirect, UseGuards } from '@nestjs/common';
import { problem, ProblemException } from '../../problem.js';
import { ForeignPageGuard } from '../../access/same-origin.js';
import { ReplayJobs } from '../../store/index.js';
import { FormAdmission } from './form-admission.js';
import type { Given } from './letter-filters.js';
import { Views } from './views.js';

/** A replay of many dead letters, as it goes on. */
@Controller('dashboard/dead-letters/replays/:job')
export class ReplayPageController {
  constructor(
    private readonly jobs: ReplayJobs,
    private readonly views: Views,
    private readonly admission: FormAdmission,
  ) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  async page(@Param('job') id: string): Promise<string> {
    const job = await this.jobs.find(id);
    if (job === null) throw new ProblemException(problem(404, 'There is no replay with this id.'));
    const { state, matched, replayed, failed, failures } = job;
    const isRunning = state === 'running' || state === 'stopping';
    return this.views.render('replay', {
      title: 'Replay',
      section: 'dead-letters',
      scripts: isRunning ? ['live.js'] : [],
      job: { id, state, matched, replayed, failed, left: Math.max(0, matched - replayed - failed) },
      failures: failures.map(({ id: letter, message }) => ({
        ...{ id: letter, message, href: `/dashboard/dead-letters/${encodeURIComponent(letter)}` },
      })),
      ...{ isRunning, canStop: state === 'running', needsKey: this.admission.needsKey },
    });
  }

  @Post('stop')
  @UseGuards(ForeignPageGuard)
  @Redirect('/dashboard/dead-letters', 303)
  async stop(@Param('job') id: string, @Body() form: Given | null, @Ip() address: string): Promise<{ url: string }> {
    await this.admission.admit(form ?? {}, address);
    await this.jobs.requestStop(id);
    return { url: `/dashboard/dead-letters/replays/${encodeURIComponent(id)}` };
  }
}
