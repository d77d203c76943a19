import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { patchOnce } from '../patch-once.js';

/**
 * Stops the timer with which kafkajs 2.2.4 keeps looking into an empty queue: every connection arms it anew with 0 ms
 * for as long as it lives (tulios/kafkajs#1556), which costs some per cent of a core for each while nothing happens. It
 * is needed only while requests wait, or while the broker throttles. docs/decisions/0005 has the figures.
 */
export const quietIdleConnections = patchOnce(() => {
  const { prototype } = RequestQueue;
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleWhenNeeded(this: typeof prototype): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) original.call(this);
  };
});
