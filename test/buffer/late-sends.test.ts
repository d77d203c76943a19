import { describe, expect, it } from '@jest/globals';
import { Appender, BufferUnavailableError, Replayer } from '../../src/buffer/index.js';
import { testSettings } from '../helpers/app.js';
import { NO_LEADER, TwoBrokers } from './two-brokers.js';

const APPEND_TIMEOUT_MS = 2_000;
const LATE_MS = 2_800;

const ordinary = testSettings();
const settings = { ...ordinary, kafka: { ...ordinary.kafka, appendTimeoutMs: APPEND_TIMEOUT_MS } };
const topic = settings.kafka.ingestionTopic;

const post = (value: string) => ({ key: '536365', value, eventId: value, requestId: value, receivedAtMs: 0 });
const raw = (value: string, partition = 0) => ({ key: null, value: Buffer.from(value), headers: [], partition });

/** Long enough for what was given up to go on in the middle of what comes next. */
const SLOW_MS = LATE_MS - APPEND_TIMEOUT_MS + 50;

describe('a send that was given up while it asked for the partitions', () => {
  it('sends nothing afterwards, and leaves the producer to the posts that come next', async () => {
    const brokers = new TwoBrokers([1]);
    const appender = new Appender(brokers.kafka, settings, brokers.admin(LATE_MS));
    await expect(appender.append(post('late'))).rejects.toThrow(BufferUnavailableError);
    brokers.delaysMs.set(1, SLOW_MS);
    await appender.append(post('second'));
    await appender.append(post('third'));
    expect(brokers.logs.get(`${topic}:0`)).toEqual(['second', 'third']);
    expect(appender.healthy).toBe(true);
    await appender.onApplicationShutdown();
  });

  it('does so in a replay as well', async () => {
    const brokers = new TwoBrokers([1]);
    const replayer = new Replayer(brokers.kafka, settings, brokers.admin(LATE_MS));
    expect(await replayer.append([raw('late')])).toEqual([expect.any(BufferUnavailableError)]);
    brokers.delaysMs.set(1, SLOW_MS);
    expect(await replayer.append([raw('second')])).toEqual([{ partition: 0, offset: 0 }]);
    expect(await replayer.append([raw('third')])).toEqual([{ partition: 0, offset: 1 }]);
    expect(brokers.logs.get(`${topic}:0`)).toEqual(['second', 'third']);
    await replayer.onApplicationShutdown();
  });
});

describe('a replay', () => {
  it('tells of each record whether it lies in Kafka, while one partition has no leader', async () => {
    const brokers = new TwoBrokers([1, NO_LEADER, 2]);
    const replayer = new Replayer(brokers.kafka, settings, brokers.admin());
    const records = [raw('a', 0), raw('b', 1), raw('c', 2), raw('d', 0)];
    const unavailable: unknown = expect.any(BufferUnavailableError);
    const first = { partition: 0, offset: 0 };
    expect(await replayer.append(records)).toEqual([
      first,
      unavailable,
      { partition: 2, offset: 0 },
      { ...first, offset: 1 },
    ]);
    brokers.leaders = [1, 2, 2];
    expect(await replayer.append([raw('b', 1)])).toEqual([{ partition: 1, offset: 0 }]);
    await replayer.onApplicationShutdown();
    await brokers.quiet();
  });

  it('of a record without a key, from a partition that the topic does not have, goes to one that it has', async () => {
    const brokers = new TwoBrokers([1, 2]);
    const replayer = new Replayer(brokers.kafka, settings, brokers.admin());
    expect(await replayer.append([raw('a', 5), raw('b', 1), raw('c', 4)])).toEqual([
      { partition: 1, offset: 0 },
      { partition: 1, offset: 1 },
      { partition: 0, offset: 0 },
    ]);
    await replayer.onApplicationShutdown();
  });
});
