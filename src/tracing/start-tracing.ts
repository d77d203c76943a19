import type { Settings } from '../config.js';
import { Tracing } from './tracing.js';

/**
 * Tracing as the settings have it. OpenTelemetry's SDK and its exporter are loaded only where an endpoint is set: they
 * take memory and time of the start.
 */
export async function startTracing({ tracing }: Pick<Settings, 'tracing'>): Promise<Tracing> {
  const { otlpEndpoint, samplePercent } = tracing;
  if (otlpEndpoint === null) return new Tracing(null);
  const [sdk, exporter, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': 'docstream' }),
    // Who sends a traceparent decides for its own trace; the percentage is for those who send none.
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(samplePercent / 100) }),
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter({ url: otlpEndpoint }))],
  });
  return new Tracing(provider.getTracer('docstream'), () => provider.shutdown());
}
