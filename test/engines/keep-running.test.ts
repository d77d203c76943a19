import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { startEngines } from '../../src/engines/index.js';
import { keepRunning } from '../../src/engines/keep-running.js';
import { kafkaAnswers } from '../../src/engines/kafka-probe.js';
import { storeAnswers, storeIsBroken } from '../../src/engines/store-probe.js';
import { until } from '../helpers/oracle-sinks.js';
import { cacheDir, freshFolder, processesOn, removeFolders } from './set-up.js';

afterAll(removeFolders);

describe('engines that are kept running', () => {
  it('are started again at their addresses when they are killed, until they are stopped', async () => {
    const dataDir = freshFolder();
    const told: string[] = [];
    const engines = await startEngines({
      ...{ dataDir, cacheDir, kafka: true, store: true, onStep: () => undefined },
      onRestart: (message) => told.push(message),
    });
    const { kafka, store } = engines;
    if (kafka === undefined || store === undefined) throw new Error('not both were started');
    const before = [kafka.pid, store.pid];
    for (const pid of before) process.kill(pid, 'SIGKILL');

    await until(
      () => told.filter((message) => message.endsWith('runs again.')).length === 2,
      60_000,
      () => `not both run again: ${told.join(' ')}`,
    );
    expect([...told].sort()).toEqual([
      'Kafka has ended. Starting it again.',
      'Kafka runs again.',
      'The store has ended. Starting it again.',
      'The store runs again.',
    ]);
    expect(before).not.toContain(kafka.pid);
    expect(before).not.toContain(store.pid);
    expect(JSON.parse(readFileSync(join(dataDir, 'engines.json'), 'utf8'))).toEqual({ kafka, store });
    expect(await kafkaAnswers(Number(kafka.brokers.split(':')[1]))).toBe(true);
    const storePort = Number(/:(\d+)\//.exec(store.uri)?.[1]);
    expect([await storeAnswers(storePort), await storeIsBroken(storePort)]).toEqual([true, false]);

    // One that is stopped while it is to be started again stays away.
    process.kill(kafka.pid, 'SIGKILL');
    await until(
      () => told.length === 5,
      10_000,
      () => 'its end is not noticed',
    );
    await engines.stop();
    expect(processesOn(dataDir)).toEqual([]);
    expect(existsSync(join(dataDir, 'engines.json'))).toBe(false);
  });

  it('are tried again until they start, and are told of once for each reason', async () => {
    const { stand, starts, told } = standIn({ failures: ['no room', 'no room'] });
    process.kill(stand.engine.pid, 'SIGKILL');
    await until(
      () => told.at(-1) === 'It runs again.',
      30_000,
      () => told.join(' '),
    );
    expect(starts).toHaveLength(4);
    expect(told).toEqual([
      'It has ended. Starting it again.',
      'It does not start (no room). Trying on.',
      'It runs again.',
    ]);
    await stand.stop();
  });

  it('are started anew when they say twice that they are broken', async () => {
    const { stand, starts, told } = standIn({ isBroken: [true, false, true, true] });
    await until(
      () => told.at(-1) === 'It runs again.',
      60_000,
      () => told.join(' '),
    );
    expect(starts).toHaveLength(2);
    await stand.stop();
  });
});

/** A process that does nothing in the place of an engine. */
function standIn({ failures = [], isBroken = [] }: { failures?: string[]; isBroken?: boolean[] }) {
  const starts: number[] = [];
  const told: string[] = [];
  const start = () => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    starts.push(pid);
    const ended = once(child, 'exit').then(() => undefined);
    return {
      pid,
      ended: (signal: AbortSignal) => Promise.race([ended, once(signal, 'abort').then(() => undefined)]),
      stop: () => new Promise<void>((ended) => (child.kill() ? child.once('exit', () => ended()) : ended())),
    };
  };
  const plan = {
    name: 'It',
    isBroken: () => Promise.resolve(isBroken.shift() ?? false),
    startAgain: () => {
      const failure = failures.shift();
      if (failure === undefined) return Promise.resolve(start());
      starts.push(0);
      return Promise.reject(new Error(failure));
    },
    tell: (message: string) => told.push(message),
  };
  const stand = keepRunning(start(), plan, { askEveryMs: 20, pauseMsMin: 50, pauseMsMax: 200 });
  return { stand, starts, told };
}
