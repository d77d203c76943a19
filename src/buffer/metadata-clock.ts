import BrokerPool from 'kafkajs/src/cluster/brokerPool.js';
import { patchOnce } from '../patch-once.js';

/**
 * Lets what is known of the cluster grow old although the system's clock was set back. kafkajs 2.2.4 notes at what time
 * of day it is to be asked for again: after a step back of a day, partitions that are added would not be seen for a day.
 */
export const metadataAgesInSpiteOfClock = patchOnce(() => {
  const { prototype } = BrokerPool;
  const original = prototype.refreshMetadataIfNecessary;
  prototype.refreshMetadataIfNecessary = function refreshInTime(this: typeof prototype, topics): Promise<void> {
    const leftMs = (this.metadataExpireAt ?? 0) - Date.now();
    if (leftMs > this.metadataMaxAge) this.metadataExpireAt = null;
    return original.call(this, topics);
  };
});
