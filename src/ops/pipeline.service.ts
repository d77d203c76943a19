import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config.js';
import { BatchReader, type BatchView, DeadLetterReader, failureWarning, OwnerSessions } from '../store/index.js';
import { LastKnown } from './last-known.js';
import { type Look, PipelineWatch } from './pipeline-watch.js';
import type { PartitionPosition } from './positions.js';
import type { Rates } from './throughput.js';

/** The answer of `GET /api/pipeline`. A number is null only while the engine that knows it has never been reached. */
export interface Pipeline {
  partitions: (Omit<PartitionPosition, 'batches'> & { topic: string })[];
  /** The newest of all partitions, newest first. */
  batches: (Omit<BatchView, 'at'> & { at: string })[];
  /** How many there are. */
  deadLetters: number | null;
  /** What people should look at, of the last hour: micro-batches with an implausible share of dead letters. */
  warnings: string[];
  rates: Rates;
  engines: {
    kafka: { state: 'up' | 'down'; message: string | null };
    store: { state: 'up' | 'down'; message: string | null };
    consumer: ConsumerState;
  };
}

/** `off`: this instance does not process. */
export interface ConsumerState {
  state: 'off' | 'starting' | 'running' | 'crashed' | 'stopped';
  /** What is wrong with it, null when nothing is. */
  message: string | null;
  assigned: number[];
  waiting: { partition: number; reason: string }[];
  /** Of every instance. */
  stopped: { partition: number; reason: string }[];
}

interface Outcomes {
  batches: BatchView[];
  deadLetters: number;
  stopped: ReadonlyMap<number, string>;
}

const BATCHES = 50;
const DEADLINE_MS = 2_000;
const WARNED_MS = 60 * 60_000;

/** Shows the pipeline as it is when asked; while an engine is down, what was last known of it, and that it is down. */
@Injectable()
export class PipelineService {
  private readonly outcomes: LastKnown<Outcomes>;

  constructor(
    private readonly watch: PipelineWatch,
    batches: BatchReader,
    deadLetters: DeadLetterReader,
    sessions: OwnerSessions,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    const read = async () => {
      const [newest, count, stopped] = await Promise.all([
        batches.newest(BATCHES),
        deadLetters.countOpen(),
        sessions.stopReasons(),
      ]);
      return { batches: newest, deadLetters: count, stopped };
    };
    this.outcomes = new LastKnown(read, 'the store does not answer');
  }

  /** Answers within about two seconds whatever is down, and never rejects. */
  async snapshot(): Promise<Pipeline> {
    const [look, { value: outcomes }] = await Promise.all([
      this.watch.look(DEADLINE_MS),
      this.outcomes.fresh(DEADLINE_MS),
    ]);
    const { ingestionTopic: topic } = this.settings.kafka;
    return {
      partitions: look.partitions.map(({ partition, endOffset, storeOffset, outputOffset, lag }) => {
        return { topic, partition, endOffset, storeOffset, outputOffset, lag };
      }),
      batches: (outcomes?.batches ?? []).map((batch) => ({ ...batch, at: batch.at.toISOString() })),
      deadLetters: outcomes?.deadLetters ?? null,
      warnings: this.warnings(outcomes?.batches ?? []),
      rates: this.watch.rates,
      engines: { ...engines(look), consumer: this.consumer(outcomes?.stopped ?? new Map()) },
    };
  }

  private warnings(batches: readonly BatchView[]): string[] {
    const sinceMs = Date.now() - WARNED_MS;
    const { failureShareWarnPercent } = this.settings.processing;
    return batches.flatMap((batch) => {
      const warning = batch.at.getTime() < sinceMs ? null : failureWarning(batch, failureShareWarnPercent);
      return warning === null ? [] : [warning];
    });
  }

  /** @param onRecord why partitions have stopped; of those of this instance its consumer knows better. */
  private consumer(onRecord: ReadonlyMap<number, string>): ConsumerState {
    const { state, assigned, waiting, stopped } = this.watch.consumerStatus;
    const elsewhere = Array.from(onRecord).filter(([partition]) => !assigned.includes(partition));
    return {
      state: this.watch.processes ? state : 'off',
      message: this.watch.consumerFault,
      assigned: [...assigned].sort((a, b) => a - b),
      waiting: listed(waiting),
      stopped: listed(new Map([...elsewhere, ...stopped])),
    };
  }
}

function engines({ kafka, store }: Look) {
  const stateOf = (message: string | null) => ({
    state: message === null ? ('up' as const) : ('down' as const),
    message,
  });
  return { kafka: stateOf(kafka.error), store: stateOf(store.error) };
}

function listed(reasons: ReadonlyMap<number, string>): { partition: number; reason: string }[] {
  return Array.from(reasons, ([partition, reason]) => ({ partition, reason }));
}
