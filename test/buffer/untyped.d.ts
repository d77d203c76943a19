declare module 'kafkajs/src/consumer/batch.js' {
  /** What kafkajs hands to `eachBatch` of a fetch. */
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, partitionData: object);
    readonly messages: { offset: string }[];
  }
}
declare module 'kafkajs/src/producer/index.js' {
  import type { Producer, ProducerConfig } from 'kafkajs';
  export default function createProducer(options: ProducerConfig & { cluster: object; logger: object }): Producer;
}
