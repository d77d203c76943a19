import { Body, Controller, Delete, HttpCode, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem, ProblemException } from '../../problem.js';
import { keyNameOf } from '../../access/request-key.js';
import { ForeignPageGuard } from '../../access/same-origin.js';
import type { Who } from '../../store/index.js';
import { readFilter } from '../../dead-letter-query.js';
import type { Replayed } from './dead-letter-replay.js';
import { DeadLetterService } from './dead-letter-service.js';
import { jobAddress, type JobAnswer, jobAnswer } from './job-answer.js';

type Given = Readonly<Record<string, unknown>>;
type Tally = { matched: number; replayed: number; failed: number };

/** Replays and discards dead letters. Where API keys are configured, these need one. */
@Controller('api/dead-letters')
@UseGuards(ForeignPageGuard)
export class DeadLetterActionsController {
  constructor(private readonly letters: DeadLetterService) {}

  /** All that match: a hundred at most within the request, where that takes less than 20 s, else in the background. With `dryRun`, says only how many match. */
  @Post('replay')
  @HttpCode(200)
  async replayMatching(
    @Query() query: Given,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Tally | { job: JobAnswer; location: string }> {
    // What the body names as well must be good in the address too.
    readFilter(query, ['dryRun']);
    flagOf(query, 'dryRun');
    const given = { ...query, ...filterBody(body) };
    const { filter } = readFilter(given, ['dryRun']);
    if (flagOf(given, 'dryRun')) return { matched: await this.letters.count(filter), replayed: 0, failed: 0 };
    const job = await this.letters.replayMatching(filter, whoSent(request));
    if (job === null) return { matched: 0, replayed: 0, failed: 0 };
    const { matched, replayed, failed } = job;
    if (job.state === 'done') return { matched, replayed, failed };
    const location = jobAddress(job.id);
    void reply.code(202).header('location', location);
    return { job: jobAnswer(job), location };
  }

  /** One, with the corrected item as the body, or as it is. */
  @Post(':id/replay')
  @HttpCode(200)
  async replay(
    @Param('id') id: string,
    @Body() item: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Replayed> {
    const replayed = await this.letters.replay(id, item, whoSent(request));
    void reply.header('location', replayed.location).header('event-id', replayed.eventId);
    return replayed;
  }

  @Delete(':id')
  @HttpCode(204)
  async discard(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    await this.letters.discard(id, whoSent(request));
  }

  /** All that match; a filter must be given, or `all=true`. */
  @Delete()
  async discardMatching(@Query() query: Given, @Req() request: FastifyRequest): Promise<{ discarded: number }> {
    const { filter, isWide } = readFilter(query, ['all']);
    const isForAll = flagOf(query, 'all');
    if (isWide && !isForAll) {
      const message = 'must be true to discard every open dead letter, else give a filter';
      throw new ProblemException(problem(400, 'no filter is given', [{ field: 'all', message }]));
    }
    return { discarded: await this.letters.discardMatching(filter, whoSent(request)) };
  }
}

function filterBody(body: unknown): Given {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return body as Given;
  const errors = [{ field: 'body', message: 'must be a JSON object of filters' }];
  throw new ProblemException(problem(400, 'not a valid filter', errors));
}

/** False where it is not given. What is neither yes nor no is refused: `dryRun=yes` must not replay. */
function flagOf(given: Given, field: string): boolean {
  const value = given[field];
  if (value === true || value === 'true' || value === '1') return true;
  if (value === undefined || value === false || value === 'false' || value === '0' || value === '') return false;
  const errors = [{ field, message: 'must be true or false' }];
  throw new ProblemException(problem(400, `not a valid query: ${field}`, errors));
}

/** `npx docstream` says that it is what is asking. */
function whoSent(request: FastifyRequest): Who {
  const isCli = request.headers['user-agent']?.startsWith('docstream-cli') === true;
  return { by: isCli ? 'cli' : 'api', key: keyNameOf(request) };
}
