import type { IncomingMessage } from 'node:http';
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { type BatchTrace, traceBatch, type TracedBatch, UNTRACED_BATCH } from './batch-trace.js';
import { ending, under } from './span-end.js';
import { contextFrom, headerOf } from './trace-header.js';

/**
 * The spans of this process: a request, what it sends to Kafka, and the micro-batch that takes it. All of it does nothing
 * where tracing is off. No span has anything of a record but where it lies.
 */
export class Tracing {
  private readonly requests = new WeakMap<IncomingMessage, Span>();

  /** `tracer` null: off. `stop` sends what is left. */
  constructor(
    private readonly tracer: Tracer | null,
    private readonly stop: () => Promise<void> = () => Promise.resolve(),
  ) {}

  get isOn(): boolean {
    return this.tracer !== null;
  }

  /** Begins the span of a request, in the trace that its sender names. */
  beginRequest(request: IncomingMessage): void {
    const header = request.headers['traceparent'];
    const parent = contextFrom(typeof header === 'string' ? header : undefined) ?? ROOT_CONTEXT;
    const span = this.tracer?.startSpan(request.method ?? '', { kind: SpanKind.SERVER }, parent);
    if (span !== undefined) this.requests.set(request, span);
  }

  endRequest(request: IncomingMessage, route: string, status: number): void {
    const span = this.requests.get(request);
    if (span === undefined) return;
    const method = request.method ?? '';
    span.updateName(`${method} ${route}`);
    // The route and not the address, which has the numbers of invoices and customers in it.
    span.setAttributes({ 'http.request.method': method, 'http.route': route, 'http.response.status_code': status });
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  /** Runs what sends records of the request to the topic, with the `traceparent` that they are to have. */
  sending<T>(
    request: IncomingMessage,
    topic: string,
    work: (traceparent: string | undefined) => Promise<T>,
  ): Promise<T> {
    const parent = this.requests.get(request);
    if (this.tracer === null || parent === undefined) return work(undefined);
    const attributes = { 'messaging.system': 'kafka', 'messaging.destination.name': topic };
    const options = { kind: SpanKind.PRODUCER, attributes };
    const span = this.tracer.startSpan(`send ${topic}`, options, under(parent));
    return ending([span], () => work(headerOf(span.spanContext())));
  }

  /** The trace of a micro-batch, in the trace of the first of its records that has one. */
  microBatch(batch: TracedBatch): BatchTrace {
    return this.tracer === null ? UNTRACED_BATCH : traceBatch(this.tracer, batch);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }
}
