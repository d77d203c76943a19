import { type Context, ROOT_CONTEXT, type SpanContext, trace, TraceFlags } from '@opentelemetry/api';

/** The header of W3C Trace Context, in requests and in Kafka records alike. */
export const TRACEPARENT = 'traceparent';

const FORM = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The context that the header speaks of; null for one that is absent or malformed, which is no error of the sender's. */
export function contextFrom(header: string | undefined): Context | null {
  const [, traceId, spanId, flags] = (header === undefined ? null : FORM.exec(header)) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** The header of a span that is recorded; undefined for one that is not, so that nobody below records either. */
export function headerOf({ traceId, spanId, traceFlags }: SpanContext): string | undefined {
  return (traceFlags & TraceFlags.SAMPLED) === 0 ? undefined : `00-${traceId}-${spanId}-01`;
}
