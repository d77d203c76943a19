import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Controller, HttpCode, Inject, Logger, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Appender, BufferUnavailableError } from '../buffer/index.js';
import { SETTINGS, type Settings } from '../config.js';
import { problem, ProblemException } from '../problem.js';
import { Tracing } from '../tracing/tracing.js';
import { ApiBulkAnswers, ApiBulkBody, ApiIdempotencyKey, ApiIngest } from './api-docs.js';
import { STREAMED_BODY, unsupported } from './bodies.js';
import { BulkIntake, type BulkTally } from './bulk-intake.js';
import { readBody } from './bulk-reading.js';
import { AbortedBodyError, bodyChunks, discardRest } from './readers/body-chunks.js';
import type { LineReader } from './readers/line-reader.js';
import { readerFor } from './readers/reader-for.js';
import { requestIdOf } from './request-id.js';
import { BULK_KEY_CHARS_MAX, refuseBulkKey } from './submission.js';

/** `POST /invoiceitems` takes as many lines as come, streamed. One bad line never spoils the others. */
@Controller()
@ApiIngest()
export class BulkController {
  private readonly logger = new Logger(BulkController.name);

  constructor(
    private readonly appender: Appender,
    private readonly tracing: Tracing,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post('invoiceitems')
  @HttpCode(200)
  @RouteConfig(STREAMED_BODY)
  @ApiOperation({ summary: 'Accept many invoice lines', operationId: 'postInvoiceItems' })
  @ApiIdempotencyKey('Line n is the event KEY:n', BULK_KEY_CHARS_MAX)
  @ApiBulkBody()
  @ApiBulkAnswers()
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { headers } = request;
    const { bulkLineBytesMax, dateOrder } = this.settings.ingest;
    const requestId = requestIdOf(headers);
    void reply.header('request-id', requestId);
    const key = headers['idempotency-key'] as string | undefined;
    const badKey = refuseBulkKey(key);
    if (badKey !== null) throw new ProblemException(problem(400, 'the request cannot be accepted', [badKey]));
    const open = readerFor(headers['content-type'] ?? 'application/json', bulkLineBytesMax);
    const gzip = isGzip(headers['content-encoding']);
    const body = request.body as Readable | null | undefined;
    const common = { eventPrefix: key ?? randomUUID(), requestId, receivedAtMs: Date.now(), options: { dateOrder } };
    const tally = await this.tracing.sending(request.raw, this.settings.kafka.ingestionTopic, async (traceparent) => {
      const intake = new BulkIntake(this.appender, { ...common, traceparent });
      await this.receive(body, gzip, open(intake), intake);
      return intake.tally;
    });
    answer(tally, reply);
  }

  private async receive(
    body: Readable | null | undefined,
    gzip: boolean,
    reader: LineReader,
    intake: BulkIntake,
  ): Promise<void> {
    try {
      if (body) await readBody(bodyChunks(body, gzip), reader, intake);
      await intake.settle();
    } catch (error) {
      if (error instanceof AbortedBodyError) throw await this.abandoned(intake);
      if (error instanceof BufferUnavailableError) throw await unavailable(error, intake);
      throw error;
    } finally {
      if (body) discardRest(body);
    }
  }

  /** Nobody hears the answer. What is queued stays accepted; the sender repeats the body with the same key. */
  private async abandoned(intake: BulkIntake): Promise<ProblemException> {
    await intake.settle().catch(() => undefined);
    const { accepted, rejected } = intake.tally;
    this.logger.warn(`a sender closed the connection in mid-body: ${accepted} lines accepted, ${rejected} rejected`);
    return new ProblemException(problem(400, 'the body ended before it was complete'));
  }
}

function isGzip(contentEncoding: string | undefined): boolean {
  if (contentEncoding === undefined || contentEncoding.toLowerCase() === 'identity') return false;
  if (/^(?:x-)?gzip$/i.test(contentEncoding)) return true;
  throw unsupported('a body comes as it is or with Content-Encoding gzip');
}

async function unavailable(error: BufferUnavailableError, intake: BulkIntake): Promise<ProblemException> {
  // So that `accepted` counts all that Kafka has.
  await intake.settle().catch(() => undefined);
  const detail = 'Kafka cannot take the lines now; send the same body again with the same Idempotency-Key';
  const retryAfter = { 'retry-after': String(error.retryAfterSeconds) };
  return new ProblemException({ ...problem(503, detail), ...intake.tally }, retryAfter);
}

function answer(tally: BulkTally, reply: FastifyReply): void {
  const { accepted, rejected } = tally;
  if (accepted === 0) {
    const detail = rejected === 0 ? 'the body has no lines' : 'no line of the body could be accepted';
    throw new ProblemException({ ...problem(400, detail), ...tally });
  }
  void reply
    .code(rejected === 0 ? 200 : 207)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(tally));
}
