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
