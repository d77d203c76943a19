import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { patchOnce } from '../patch-once.js';

/**
 * Lets a member heartbeat although the system's clock was set back. kafkajs 2.2.4 compares the time of the last
 * heartbeat with the time of day: after a step back of an hour it would be silent for an hour, the group would give its
 * partitions to others, and both owners would fence each other all that time.
 */
export const heartbeatsInSpiteOfClock = patchOnce(() => {
  const { prototype } = ConsumerGroup;
  const original = prototype.heartbeat;
  prototype.heartbeat = function heartbeat(this: typeof prototype, options): Promise<void> {
    // A last heartbeat in the future says nothing of how long ago it was: the next one is due.
    if (this.lastRequest > Date.now()) this.lastRequest = 0;
    return original.call(this, options);
  };
});
