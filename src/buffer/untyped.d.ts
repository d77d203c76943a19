declare module 'lz4js' {
  const lz4: {
    compress(data: Uint8Array): Uint8Array;
    /** Returns where the block's content ends in `to`; what lies beyond the end of `to` is not written. */
    decompressBlock(from: Uint8Array, to: Uint8Array, at: number, size: number, toAt: number): number;
  };
  export default lz4;
}
declare module 'snappyjs' {
  const snappy: {
    compress(data: Uint8Array): Uint8Array;
    uncompress(data: Uint8Array, bytesMax: number): Uint8Array;
  };
  export default snappy;
}
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    constructor(options: object);
    push(request: { entry: object; expectResponse: boolean; sendRequest: () => void }): void;
    maybeThrottle(ms: number): void;
    enforceRequestTimeout: boolean;
    requestTimeout: number;
    requestTimeoutIntervalId: NodeJS.Timeout;
    inflight: Map<number, { requestTimeout: number; timeoutRequest(): void }>;
    isConnected(): boolean;
    destroy(): void;
    scheduleRequestTimeoutCheck(): void;
    checkPendingRequests(): void;
    pending: unknown[];
    throttledUntil: number;
    scheduleCheckPendingRequests(): void;
  }
}
declare module 'kafkajs/src/consumer/consumerGroup.js' {
  export default class ConsumerGroup {
    lastRequest: number;
    heartbeat(options: { interval: number }): Promise<void>;
  }
}
declare module 'kafkajs/src/consumer/offsetManager/index.js' {
  interface Of {
    topic: string;
    partition: number;
  }
  export default class OffsetManager {
    cluster: {
      fetchTopicsOffset(
        topics: { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
      ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
    };
    topicConfigurations: Record<string, { fromBeginning: boolean }>;
    resolvedOffsets: Record<string, Record<number, string>>;
    setDefaultOffset(of: Of): Promise<void>;
  }
}
declare module 'kafkajs/src/cluster/index.js' {
  export default class Cluster {
    metadata(options?: { topics?: string[] }): Promise<object | null>;
  }
}
declare module 'kafkajs/src/consumer/runner.js' {
  export default class Runner {
    running: boolean;
    fetchManager: { stop(): Promise<void> };
    fetch(nodeId: string): Promise<object[]>;
  }
}
declare module 'kafkajs/src/protocol/recordBatch/crc32C/crc32C.js' {
  export default function crc32c(bytes: Uint8Array): number;
}
declare module 'kafkajs/src/protocol/requests/produce/index.js' {
  import type { Message } from 'kafkajs';
  export interface ProduceRequest {
    acks: number;
    timeout: number;
    transactionalId?: string | null;
    producerId?: unknown;
    producerEpoch?: number;
    compression?: number;
    topicData: {
      topic: string;
      partitions: { partition: number; messages: Message[]; firstSequence?: number }[];
    }[];
  }
  interface Encoded {
    buf: Buffer;
    readonly buffer: Buffer;
  }
  type Create = (content: ProduceRequest) => { request: { encode(): Promise<Encoded> }; response: unknown };
  const produce: { protocol(options: { version: number | string }): Create | undefined };
  export default produce;
}
declare module 'kafkajs/src/protocol/requests/fetch/index.js' {
  interface Response {
    decode(answer: Buffer): Promise<unknown>;
    parse(decoded: unknown): Promise<unknown>;
  }
  type Create = (content: unknown) => { request: unknown; response: Response };
  const fetch: { protocol(options: { version: number | string }): Create | undefined };
  export default fetch;
}
declare module 'kafkajs/src/cluster/brokerPool.js' {
  export default class BrokerPool {
    metadataExpireAt: number | null;
    metadataMaxAge: number;
    getNodeIds(): string[];
    refreshMetadataIfNecessary(topics: string[]): Promise<void>;
  }
}
declare module 'kafkajs/src/protocol/requests/listOffsets/index.js' {
  type Create = (content: { isolationLevel?: number }) => unknown;
  const listOffsets: { protocol(options: { version: number | string }): Create | undefined };
  export default listOffsets;
}
declare module 'kafkajs/src/protocol/requests/metadata/index.js' {
  interface Response {
    decode(answer: Buffer): Promise<unknown>;
    parse(decoded: unknown): Promise<unknown>;
  }
  type Create = (content: { topics: string[] }) => { request: unknown; response: Response };
  const metadata: { protocol(options: { version: number | string }): Create | undefined };
  export default metadata;
}
declare module 'kafkajs/src/protocol/messageSet/decoder.js' {
  export default function decodeMessageSet(decoder: unknown, size: number): Promise<never[]>;
}
declare module 'kafkajs/src/protocol/decoder.js' {
  const Decoder: new (bytes: Buffer) => object;
  export default Decoder;
}
declare module 'kafkajs/src/broker/index.js' {
  export default class Broker {
    addPartitionsToTxn(request: object): Promise<object>;
    addOffsetsToTxn(request: object): Promise<object>;
  }
}
declare module 'kafkajs/src/producer/groupMessagesPerPartition.js' {
  import type { Message, PartitionerArgs } from 'kafkajs';
  export default function groupMessagesPerPartition(
    content: Omit<PartitionerArgs, 'message'> & {
      messages: Message[];
      partitioner: (content: PartitionerArgs) => number;
    },
  ): Record<string, Message[]>;
}
