import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

/** The context in which a span's children begin. */
export function under(span: Span): Context {
  return trace.setSpan(ROOT_CONTEXT, span);
}

/** Runs the work and ends the spans with it. */
export async function ending<T>(spans: readonly Span[], work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    for (const span of spans) endWith(span);
    return result;
  } catch (error) {
    for (const span of spans) endWith(span, error);
    throw error;
  }
}

/** An error counts by its class: its message may have something of a record in it. */
function endWith(span: Span, error?: unknown): void {
  if (error !== undefined) {
    const message = error instanceof Error ? error.name : 'error';
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  span.end();
}
