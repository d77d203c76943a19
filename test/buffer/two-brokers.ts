import { setTimeout as pause } from 'node:timers/promises';
import kafkajs, { type Kafka, type Message, type Producer, type ProducerConfig } from 'kafkajs';
import createProducer from 'kafkajs/src/producer/index.js';
import type { KafkaAdmin } from '../../src/buffer/kafka-admin.js';

const NODE_IDS = [1, 2];
/** As Kafka has it. */
export const NO_LEADER = -1;
/** kafkajs tries again after about as long. */
const RETRY_MS = 50;

interface ProduceRequest {
  topicData: { topic: string; partitions: { partition: number; firstSequence: number; messages: Message[] }[] }[];
}

/**
 * A Kafka of two brokers in memory, spoken to by kafkajs's own producer: each broker takes what is for the partitions
 * that it leads, once for each sequence number. It stands where a leader has to move at one certain moment.
 */
export class TwoBrokers {
  /** The values that lie in each partition, named `topic:partition`. */
  readonly logs = new Map<string, string[]>();
  /** How many produce requests came. */
  requests = 0;
  /** How many transactions were committed. */
  committed = 0;
  /** How long a broker takes to answer its next produce request, by its id. */
  readonly delaysMs = new Map<number, number>();
  /** What a client knows, from its last look on. */
  private known: number[];
  private readonly sends: Promise<unknown>[] = [];
  private readonly sequences = new Map<string, number>();
  private readonly brokers = new Map(NODE_IDS.map((nodeId) => [nodeId, this.broker(nodeId)]));

  /** @param leaders which broker leads each partition, whatever clients know of it. */
  constructor(public leaders: number[]) {
    this.known = [...leaders];
  }

  get kafka(): Kafka {
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, namespace: () => logger };
    const make = (options: ProducerConfig) => {
      const producer = createProducer({ ...options, cluster: this.cluster(), logger });
      const send: Producer['send'] = (record) => {
        const sending = producer.send(record);
        this.sends.push(sending);
        return sending;
      };
      return { ...producer, send };
    };
    return { producer: make } as unknown as Kafka;
  }

  /** Resolves once kafkajs tries nothing again, of what was given up either. */
  async quiet(): Promise<void> {
    await Promise.allSettled(this.sends);
  }

  /** Tells which partitions there are, the first time only after so long. */
  admin(delayMs = 0): KafkaAdmin {
    let left = delayMs;
    const ask = async () => {
      const ms = left;
      left = 0;
      if (ms > 0) await pause(ms);
      return { topics: [{ partitions: this.leaders.map((leader, partitionId) => ({ partitionId, leader })) }] };
    };
    return { ask } as unknown as KafkaAdmin;
  }

  private cluster(): object {
    const metadata = () => this.known.map((leader, partitionId) => ({ partitionId, leader, replicas: [], isr: [] }));
    return {
      retry: { initialRetryTime: RETRY_MS },
      connect: resolved,
      disconnect: resolved,
      isConnected: () => true,
      addMultipleTargetTopics: resolved,
      refreshMetadataIfNecessary: resolved,
      refreshMetadata: () => Promise.resolve((this.known = [...this.leaders])),
      findTopicPartitionMetadata: metadata,
      findLeaderForPartitions: (_: string, partitions: string[]) => {
        const known = partitions.map(Number).filter((partition) => partition in this.known);
        const led = (nodeId: number) => known.filter((partition) => this.known[partition] === nodeId);
        return Object.fromEntries(
          [NO_LEADER, ...NODE_IDS].map((nodeId) => [nodeId, led(nodeId)] as const).filter(([, own]) => own.length > 0),
        );
      },
      findBroker: ({ nodeId }: { nodeId: string }) => {
        const broker = this.brokers.get(Number(nodeId));
        return broker === undefined ? Promise.reject(protocolError('LEADER_NOT_AVAILABLE')) : Promise.resolve(broker);
      },
      findControllerBroker: () => Promise.resolve(this.brokers.get(1)),
      findGroupCoordinator: () => Promise.resolve(this.brokers.get(1)),
      markOffsetAsCommitted: nothing,
    };
  }

  private broker(nodeId: number): object {
    return {
      nodeId,
      initProducerId: () => Promise.resolve({ producerId: '1', producerEpoch: 0 }),
      addPartitionsToTxn: resolved,
      addOffsetsToTxn: resolved,
      txnOffsetCommit: resolved,
      endTxn: () => Promise.resolve((this.committed += 1)),
      produce: async (request: ProduceRequest) => {
        this.requests += 1;
        const topics = request.topicData.map(({ topic, partitions }) => {
          return { topicName: topic, partitions: partitions.map((entry) => this.take(nodeId, topic, entry)) };
        });
        const delayMs = this.delaysMs.get(nodeId);
        this.delaysMs.delete(nodeId);
        if (delayMs !== undefined) await pause(delayMs);
        const errors = topics.flatMap(({ partitions }) => partitions.map(({ error }) => error));
        for (const type of errors) if (type !== null) throw protocolError(type);
        return { topics };
      },
    };
  }

  private take(nodeId: number, topic: string, entry: ProduceRequest['topicData'][0]['partitions'][0]) {
    const { partition, firstSequence, messages } = entry;
    if (this.leaders[partition] !== nodeId) return { partition, error: 'NOT_LEADER_FOR_PARTITION' };
    const name = `${topic}:${partition}`;
    const log = this.logs.get(name) ?? [];
    this.logs.set(name, log);
    const next = this.sequences.get(name) ?? 0;
    if (firstSequence > next) return { partition, error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
    if (firstSequence === next) {
      this.sequences.set(name, next + messages.length);
      log.push(...messages.map(({ value }) => String(value)));
    }
    return { partition, error: null, baseOffset: String(log.length - messages.length) };
  }
}

function protocolError(type: string): Error {
  const retriable = type !== 'OUT_OF_ORDER_SEQUENCE_NUMBER';
  return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable }));
}

const nothing = () => undefined;
const resolved = () => Promise.resolve();
