import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ConsumerBoard, type ConsumerStatus, PartitionLog } from '../buffer/index.js';
import { SETTINGS, type Settings } from '../config.js';
import { Checkpoints, type StorePosition } from '../store/index.js';
import { ConsumerWatch } from './consumer-watch.js';
import { type Known, LastKnown } from './last-known.js';
import { type KafkaPositions, partitionPositions, type PartitionPosition } from './positions.js';
import { type Rates, Throughput } from './throughput.js';

/** The pipeline as it is now; where an engine is down, as it was last seen. */
export interface Look {
  kafka: Known<KafkaPositions>;
  store: Known<ReadonlyMap<number, StorePosition>>;
  partitions: PartitionPosition[];
}

const TICK_MS = 3_000;
const TICK_DEADLINE_MS = 2_500;

/**
 * Looks at the positions of both sinks every few seconds and whenever somebody asks, so that rates have a past and a
 * consumer that stands still is found out before anybody asks.
 */
@Injectable()
export class PipelineWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly kafka: LastKnown<KafkaPositions>;
  private readonly store: LastKnown<ReadonlyMap<number, StorePosition>>;
  private readonly throughput = new Throughput();
  private readonly consumer: ConsumerWatch;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    log: PartitionLog,
    checkpoints: Checkpoints,
    private readonly board: ConsumerBoard,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.kafka = new LastKnown(() => readKafka(log), 'Kafka does not answer');
    this.store = new LastKnown(() => checkpoints.all(), 'the store does not answer');
    this.consumer = new ConsumerWatch(3 * settings.kafka.sessionTimeoutMs);
  }

  onApplicationBootstrap(): void {
    this.schedule();
  }

  onModuleDestroy(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Asks Kafka and the store now; answers within `deadlineMs` and never rejects. */
  async look(deadlineMs: number): Promise<Look> {
    const [kafka, store] = await Promise.all([this.kafka.fresh(deadlineMs), this.store.fresh(deadlineMs)]);
    const partitions = partitionPositions(kafka.value, store.value);
    const known = kafka.error === null && store.error === null;
    if (known) this.throughput.add(partitions, performance.now());
    this.consumer.observe(this.consumerStatus, known ? partitions : null, performance.now());
    return { kafka, store, partitions };
  }

  /** Asks Kafka alone. */
  askKafka(deadlineMs: number): Promise<Known<KafkaPositions>> {
    return this.kafka.fresh(deadlineMs);
  }

  /** Asks the store alone. */
  askStore(deadlineMs: number): Promise<Known<ReadonlyMap<number, StorePosition>>> {
    return this.store.fresh(deadlineMs);
  }

  get rates(): Rates {
    return this.throughput.rates(performance.now());
  }

  /** Whether this instance is to process at all. */
  get processes(): boolean {
    return this.settings.roles.includes('processing');
  }

  get consumerStatus(): ConsumerStatus {
    return this.board.status;
  }

  /** What is wrong with the consumer of this instance, by what was seen last; null when nothing is, or there is none. */
  get consumerFault(): string | null {
    return this.processes ? this.consumer.fault(this.consumerStatus, performance.now()) : null;
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      void this.look(TICK_DEADLINE_MS).finally(() => {
        if (this.timer !== null) this.schedule();
      });
    }, TICK_MS).unref();
  }
}

async function readKafka(log: PartitionLog): Promise<KafkaPositions> {
  const [ranges, committed] = await Promise.all([log.ranges(), log.committed()]);
  return { ranges, committed };
}
