import { type Context, type Link, type Span, SpanKind, trace, type Tracer } from '@opentelemetry/api';
import { headerIn, type RecordHeader } from '../record-header.js';
import { ending, under } from './span-end.js';
import { contextFrom, TRACEPARENT } from './trace-header.js';

/** Runs a part of the work as a span of its own. */
export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** The trace of one micro-batch. */
export interface BatchTrace {
  run(work: (step: Step) => Promise<void>): Promise<void>;
}

/** What a trace needs to know of a micro-batch. */
export interface TracedBatch {
  topic: string;
  partition: number;
  fromOffset: number;
  records: readonly { headers: readonly RecordHeader[] }[];
}

/** Nobody looks at more of them, and a batch has thousands of records. */
const SENDERS_MAX = 100;

const plainly: Step = (_name, work) => work();

export const UNTRACED_BATCH: BatchTrace = { run: (work) => work(plainly) };

/**
 * A span in the trace of the first record that has one, with links to the other records' traces; and in each of those a
 * span of the same time that leads back. Where no record has a trace, none is begun.
 */
export function traceBatch(tracer: Tracer, batch: TracedBatch): BatchTrace {
  const [first, ...others] = sendersOf(batch);
  if (first === undefined) return UNTRACED_BATCH;
  return {
    run: async (work) => {
      const { topic, partition, fromOffset, records } = batch;
      const name = `process ${topic}`;
      const attributes = {
        'messaging.system': 'kafka',
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': String(partition),
        'messaging.kafka.offset': fromOffset,
        'messaging.batch.message_count': records.length,
      };
      const links = others.flatMap(linkTo);
      const span = tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes, links }, first);
      const back = { kind: SpanKind.CONSUMER, links: [{ context: span.spanContext() }] };
      const spans = [span, ...others.map((context) => tracer.startSpan(name, back, context))];
      await ending(spans, () => work((step, part) => stepOf(tracer, span, step, part)));
    },
  };
}

function stepOf<T>(tracer: Tracer, batch: Span, name: string, work: () => Promise<T>): Promise<T> {
  return ending([tracer.startSpan(name, { kind: SpanKind.CLIENT }, under(batch))], work);
}

/** The spans that sent the records, each once, no more than the limit. */
function sendersOf({ records }: TracedBatch): Context[] {
  const headers = new Set<string>();
  for (const record of records) {
    const header = headerIn(record.headers, TRACEPARENT);
    if (header === undefined) continue;
    headers.add(header.toString('latin1'));
    if (headers.size === SENDERS_MAX) break;
  }
  return [...headers].map(contextFrom).filter((context) => context !== null);
}

function linkTo(context: Context): Link[] {
  const sender = trace.getSpanContext(context);
  return sender === undefined ? [] : [{ context: sender }];
}
