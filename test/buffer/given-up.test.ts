import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Kafka, Producer } from 'kafkajs';
import { OutputSink } from '../../src/buffer/index.js';
import { IdempotentProducer } from '../../src/buffer/idempotent-producer.js';
import { testSettings } from '../helpers/app.js';

const { kafka: settings } = testSettings();

/** A client whose steps end when the test says so, and which keeps a record of those that were begun. */
function heldKafka() {
  const steps: { name: string; end: (error?: Error) => void }[] = [];
  const step = (name: string, result?: unknown) => () =>
    new Promise((resolve, reject) => {
      const end = (error?: Error) => {
        if (error === undefined) resolve(result);
        else reject(error);
      };
      steps.push({ name, end });
      if (name === 'disconnect') end();
    });
  const transaction = {
    send: step('send', [{ topicName: settings.outputTopic, partition: 0 }]),
    sendOffsets: step('sendOffsets'),
    commit: step('commit'),
  };
  const producer = {
    connect: step('connect'),
    transaction: step('transaction', transaction),
    disconnect: step('disconnect'),
  };
  const kafka = { producer: () => ({ ...producer }) } as unknown as Kafka;
  const names = () => steps.map(({ name }) => name);
  const end = async (name: string, error?: Error) => {
    steps.findLast((each) => each.name === name)?.end(error);
    await jest.advanceTimersByTimeAsync(1);
  };
  return { kafka, steps, names, end };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const LONGER_MS = 21_000;
const output = { documents: [{ key: '536365', value: '{}' }], deadLetters: [], nextOffset: 1 };

describe('what a partition was waiting for too long', () => {
  it('begins no transaction when it comes after all, which would fence the next owner, and is closed', async () => {
    const { kafka, names, end } = heldKafka();
    const opening = expect(OutputSink.open(kafka, settings, 0)).rejects.toThrow('took too long');
    await jest.advanceTimersByTimeAsync(LONGER_MS);
    await opening;
    await end('connect');
    expect(names()).toEqual(['connect', 'disconnect', 'disconnect']);
  });

  it.each([
    ['send', []],
    ['sendOffsets', ['send']],
  ])('takes no step after %s', async (late, before) => {
    const { kafka, names, end } = heldKafka();
    const opening = OutputSink.open(kafka, settings, 0);
    await jest.advanceTimersByTimeAsync(1);
    await end('connect');
    await end('transaction');
    const transaction = await opening;
    const committing = expect(transaction.commit(output)).rejects.toThrow('took too long');
    await jest.advanceTimersByTimeAsync(1);
    for (const step of before) await end(step);
    await jest.advanceTimersByTimeAsync(LONGER_MS);
    await committing;
    await end(late);
    expect(names()).toEqual(['connect', 'transaction', ...before, late, 'disconnect']);
  });
});

describe('a producer', () => {
  it('that fails after it was dropped leaves the next one to those who use it', async () => {
    const { kafka, steps, names } = heldKafka();
    const kept = new IdempotentProducer(kafka);
    const first = expect(kept.get()).rejects.toThrow('late');
    const dropping = kept.drop();
    await jest.advanceTimersByTimeAsync(2_500);
    await dropping;
    const second = kept.get();
    steps[0]?.end(new Error('late'));
    await first;
    steps.filter(({ name }) => name === 'connect')[1]?.end();
    const producer: Producer = await second;
    expect(await kept.get()).toBe(producer);
    await kept.drop();
    expect(names()).toEqual(['connect', 'connect', 'disconnect', 'disconnect']);
  });
});
