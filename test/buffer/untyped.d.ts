declare module 'kafkajs/src/consumer/batch.js' {
  /** What kafkajs hands to `eachBatch` of a fetch. */
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, partitionData: object);
    readonly messages: { offset: string }[];
  }
}
declare module 'kafkajs/src/cluster/brokerPool.js' {
  export default class BrokerPool {
    getNodeIds(): string[];
  }
}
