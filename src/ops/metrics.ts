import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { Appender } from '../buffer/index.js';
import { BatchMeter } from '../store/index.js';
import { HttpMetrics } from './http-metrics.js';
import { PipelineWatch } from './pipeline-watch.js';

const DEADLINE_MS = 1_500;
const CONSUMER_STATES = ['starting', 'running', 'crashed', 'stopped'] as const;

/** Everything that Prometheus may ask of this process. What it has counted itself is of this process alone. */
@Injectable()
export class Metrics {
  readonly http: HttpMetrics;
  private readonly registry = new Registry();
  private readonly up = this.gauge('docstream_engine_up', 'Whether the engine answers', 'engine');
  private readonly endOffset = this.gauge('docstream_partition_end_offset', 'One past the last record', 'partition');
  private readonly lag = this.gauge('docstream_partition_lag', 'Records that a sink still lacks', 'partition');
  private readonly state = this.gauge('docstream_consumer_state', '1 for the state that the consumer is in', 'state');
  private readonly stopped = this.gauge('docstream_consumer_stopped_partitions', 'Partitions that have stopped');
  private readonly assigned = this.gauge('docstream_consumer_assigned_partitions', 'Partitions of this instance');

  constructor(
    private readonly watch: PipelineWatch,
    private readonly appender: Appender,
    private readonly meter: BatchMeter,
  ) {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 100 });
    this.http = new HttpMetrics(this.registry);
    this.describeBatches();
    const { appender: source } = this;
    new Gauge({
      name: 'docstream_append_in_flight_bytes',
      help: 'Bytes accepted and not yet acknowledged by Kafka',
      registers: [this.registry],
      collect() {
        this.set(source.inFlightBytes);
      },
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The text format; answers within about two seconds, with what was last known of an engine that is down. */
  async text(): Promise<string> {
    const { kafka, store, partitions } = await this.watch.look(DEADLINE_MS);
    this.up.set({ engine: 'kafka' }, kafka.error === null ? 1 : 0);
    this.up.set({ engine: 'store' }, store.error === null ? 1 : 0);
    for (const { partition, endOffset, lag } of partitions) {
      this.endOffset.set({ partition }, endOffset);
      if (lag !== null) this.lag.set({ partition }, lag);
    }
    if (this.watch.processes) {
      const { state, stopped, assigned } = this.watch.consumerStatus;
      for (const name of CONSUMER_STATES) this.state.set({ state: name }, name === state ? 1 : 0);
      this.stopped.set(stopped.size);
      this.assigned.set(assigned.length);
    }
    return await this.registry.metrics();
  }

  private gauge(name: string, help: string, ...labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private describeBatches(): void {
    const { meter } = this;
    this.total('docstream_batches_total', 'Micro-batches committed to the store', () => meter.batches);
    this.total('docstream_records_stored_total', 'Records stored', () => meter.stored);
    this.total('docstream_records_duplicate_total', 'Records that were duplicates', () => meter.duplicates);
    this.total('docstream_records_dead_letter_total', 'Records that became dead letters', () => meter.deadLetters);
    const implausible = 'Micro-batches with an implausible share of dead letters';
    this.total('docstream_batches_implausible_total', implausible, () => meter.implausible);
    this.total('docstream_batch_seconds_total', 'Time spent in micro-batches', () => meter.durationMs / 1_000);
    new Gauge({
      name: 'docstream_last_batch_duration_seconds',
      help: 'Of the last micro-batch, from hand-over to the commit of the store',
      registers: [this.registry],
      collect() {
        if (meter.lastDurationMs !== null) this.set(meter.lastDurationMs / 1_000);
      },
    });
  }

  /** A counter whose sum is kept elsewhere. */
  private total(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
}
