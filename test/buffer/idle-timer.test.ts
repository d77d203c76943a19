import { describe, expect, it, jest } from '@jest/globals';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { quietIdleConnections } from '../../src/buffer/idle-timer.js';

/** As much of a connection's queue as the timer looks at. */
const queueWith = (state: { pending: unknown[]; throttledUntil: number }) =>
  Object.assign(Object.create(RequestQueue.prototype) as RequestQueue, { throttleCheckTimeoutId: null, ...state });

describe('the timer of a Kafka connection', () => {
  it.each([
    ['an idle connection', { pending: [], throttledUntil: -1 }, 0],
    ['a connection with waiting requests', { pending: [{}], throttledUntil: -1 }, 1],
    ['a throttled connection', { pending: [], throttledUntil: Date.now() + 60_000 }, 1],
  ])('is armed as needed for %s', (_, state, timers) => {
    quietIdleConnections();
    jest.useFakeTimers();
    try {
      queueWith(state).scheduleCheckPendingRequests();
      expect(jest.getTimerCount()).toBe(timers);
    } finally {
      jest.useRealTimers();
    }
  });
});
