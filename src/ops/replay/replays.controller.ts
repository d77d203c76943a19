import { Controller, Delete, Get, Header, Param, UseGuards } from '@nestjs/common';
import { problem, ProblemException } from '../../problem.js';
import { ForeignPageGuard } from '../../access/same-origin.js';
import { ReplayJobs, type ReplayJobView } from '../../store/index.js';
import { type JobAnswer, jobAnswer } from './job-answer.js';

/** The replays of many dead letters: how far each is, and an end to it. */
@Controller('api/dead-letters/replays')
export class ReplaysController {
  constructor(private readonly jobs: ReplayJobs) {}

  /** The newest twenty, newest first. */
  @Get()
  @Header('cache-control', 'no-store')
  async list(): Promise<{ items: JobAnswer[] }> {
    return { items: (await this.jobs.newest()).map(jobAnswer) };
  }

  @Get(':job')
  @Header('cache-control', 'no-store')
  async show(@Param('job') id: string): Promise<JobAnswer> {
    return jobAnswer(await this.find(id));
  }

  /** Asks it to stop; what is replayed stays replayed, and the rest stays what it was. */
  @Delete(':job')
  @UseGuards(ForeignPageGuard)
  async stop(@Param('job') id: string): Promise<JobAnswer> {
    await this.jobs.requestStop(id);
    return jobAnswer(await this.find(id));
  }

  private async find(id: string): Promise<ReplayJobView> {
    const job = await this.jobs.find(id);
    if (job === null) throw new ProblemException(problem(404, 'there is no replay with this id'));
    return job;
  }
}
