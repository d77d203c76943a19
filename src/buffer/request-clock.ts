import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { patchOnce } from '../patch-once.js';

/** How often requests that wait for an answer are looked at. */
const CHECK_MS = 100;
/** No broker asks a client to wait for longer: its quotas count within windows of some seconds. */
const THROTTLE_MS_MAX = 60_000;

/**
 * Has requests time out although the system's clock is set. kafkajs 2.2.4 compares the time of day at which a request was
 * sent with that of now: one that was sent before the clock went back a day and lost its answer would be waited for all
 * that day. A consumer that joins its group so belongs to nobody, and says nothing.
 */
export const timeRequestsInSpiteOfClock = patchOnce(() => {
  RequestQueue.prototype.scheduleRequestTimeoutCheck = function scheduleByMonotonicClock(this: RequestQueue): void {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    this.requestTimeoutIntervalId = setInterval(() => check(this), Math.min(this.requestTimeout, CHECK_MS));
  };
});

function check(queue: RequestQueue): void {
  const now = performance.now();
  for (const request of queue.inflight.values()) {
    const since = firstSeen.get(request);
    if (since === undefined) firstSeen.set(request, now);
    else if (now - since > request.requestTimeout) request.timeoutRequest();
  }
  if (queue.throttledUntil - Date.now() > THROTTLE_MS_MAX) {
    queue.throttledUntil = -1;
    queue.checkPendingRequests();
  }
  if (!queue.isConnected()) queue.destroy();
}

/** When a request was first looked at, by the clock that nobody sets. */
const firstSeen = new WeakMap<object, number>();
