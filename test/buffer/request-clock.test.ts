import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { timeRequestsInSpiteOfClock } from '../../src/buffer/request-clock.js';

const DAY_MS = 86_400_000;
const TIMEOUT_MS = 250;
const realNow = Date.now.bind(Date);
const clockIs = (errorMs: number) => void jest.spyOn(Date, 'now').mockImplementation(() => realNow() + errorMs);

let queue: RequestQueue | undefined;
beforeAll(() => timeRequestsInSpiteOfClock());
afterEach(() => {
  queue?.destroy();
  jest.restoreAllMocks();
});

/** A queue of a connection that never answers. */
function open(): RequestQueue {
  const logger = { debug: () => undefined, warn: () => undefined };
  const options = { requestTimeout: TIMEOUT_MS, enforceRequestTimeout: true, maxInFlightRequests: null };
  queue = new RequestQueue({ ...options, clientId: 'test', broker: 'nowhere', logger, isConnected: () => true });
  queue.scheduleRequestTimeoutCheck();
  return queue;
}

/** Resolves with how long the request was waited for, ms, once it is given up. */
function waitedFor(asked: RequestQueue, sendRequest: () => void = () => undefined): Promise<number> {
  const startedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    const entry = {
      correlationId: 1,
      apiName: 'JoinGroup',
      apiKey: 11,
      apiVersion: 5,
      resolve: () => reject(new Error('it was answered')),
      reject: () => resolve(performance.now() - startedAtMs),
    };
    asked.push({ entry, expectResponse: true, sendRequest });
  });
}

describe('a request whose answer is lost', () => {
  it.each([
    ['is not set', 0, 0],
    ['is set back by a day afterwards', DAY_MS, 0],
    ['is set forward by a day afterwards', 0, DAY_MS],
  ])('is given up after its time when the clock %s', async (_, before, after) => {
    clockIs(before);
    const waited = waitedFor(open());
    clockIs(after);
    expect(await waited).toBeGreaterThanOrEqual(TIMEOUT_MS - 1);
    expect(await waited).toBeLessThan(TIMEOUT_MS + 5_000);
  });
});

it('a connection that was throttled when the clock went back a day sends again', async () => {
  const throttled = open();
  clockIs(DAY_MS);
  throttled.maybeThrottle(100);
  clockIs(0);
  const sent = jest.fn();
  await waitedFor(throttled, sent);
  expect(sent).toHaveBeenCalledTimes(1);
});
