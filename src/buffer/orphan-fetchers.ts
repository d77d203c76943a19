import Runner from 'kafkajs/src/consumer/runner.js';
import { patchOnce } from '../patch-once.js';

/**
 * Ends the fetchers of a consumer that was stopped. When the brokers change, kafkajs 2.2.4 waits for the fetchers it has
 * and makes new ones; if the consumer is stopped meanwhile, the new ones run although nobody stops them any more. Each
 * gets nothing, at once, for ever, and the process does nothing else: no timer, no answer, no end.
 */
export const stopOrphanFetchers = patchOnce(() => {
  const { prototype } = Runner;
  const original = prototype.fetch;
  prototype.fetch = function fetch(this: typeof prototype, nodeId): Promise<object[]> {
    // Not awaited, because the fetcher that asks is one of those that it waits for.
    if (!this.running) void this.fetchManager.stop();
    return original.call(this, nodeId);
  };
});
