import { randomUUID } from 'node:crypto';
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Appender, encodeReceipt } from '../buffer/index.js';
import { SETTINGS, type Settings } from '../config.js';
import { encodeItem, type ItemOptions } from '../invoice/index.js';
import { problem, ProblemException } from '../problem.js';
import { Tracing } from '../tracing/tracing.js';
import { ApiIdempotencyKey, ApiIngest, ApiItemAccepted, ApiItemRefused } from './api-docs.js';
import { InvoiceItemDto } from './item.dto.js';
import { requestIdOf } from './request-id.js';
import { readSubmission } from './submission.js';

/** `POST /invoiceitem`: one line. 200 is a promise: every in-sync replica has it. */
@Controller()
@ApiIngest()
export class IngestController {
  private readonly options: ItemOptions;
  private readonly topic: string;

  constructor(
    private readonly appender: Appender,
    private readonly tracing: Tracing,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.options = { dateOrder: settings.ingest.dateOrder };
    this.topic = settings.kafka.ingestionTopic;
  }

  @Post('invoiceitem')
  @HttpCode(200)
  @ApiOperation({ summary: 'Accept one invoice line', operationId: 'postInvoiceItem' })
  @ApiBody({ type: InvoiceItemDto, required: true })
  @ApiIdempotencyKey('Names the event', 256)
  @ApiItemAccepted()
  @ApiItemRefused()
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const receivedAtMs = Date.now();
    const { headers } = request;
    const requestId = requestIdOf(headers);
    void reply.header('request-id', requestId);
    const verdict = readSubmission(request.body, headers['idempotency-key'] as string | undefined, this.options);
    if (!verdict.ok) {
      throw new ProblemException(problem(400, 'the item has fields that cannot be accepted', verdict.errors));
    }
    const { item } = verdict;
    const invoiceNo = item.InvoiceNo;
    const eventId = verdict.eventId ?? randomUUID();
    const value = encodeItem(item);
    const position = await this.tracing.sending(request.raw, this.topic, (traceparent) =>
      this.appender.append({ key: invoiceNo, value, eventId, requestId, receivedAtMs, traceparent }),
    );
    const receipt = encodeReceipt({ partition: position.partition, offset: position.offset, invoiceNo, eventId });
    void reply
      .header('event-id', eventId)
      .header('location', `/api/events/${receipt}`)
      .header('content-type', 'application/json; charset=utf-8')
      .send(value);
  }
}
