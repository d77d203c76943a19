declare module 'lz4js' {
  const lz4: { decompress(data: Uint8Array): Uint8Array };
  export default lz4;
}
declare module 'snappyjs' {
  const snappy: { uncompress(data: Uint8Array): Uint8Array };
  export default snappy;
}
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
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
