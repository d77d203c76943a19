import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type AppendOutcome, BufferUnavailableError, type RawAppend, type Replayer } from '../../src/buffer/index.js';
import type { Replay } from '../../src/ops/replay/replay-record.js';
import { ReplayRunner } from '../../src/ops/replay/replay-runner.js';
import { SoleInvoice } from '../../src/ops/replay/sole-invoice.js';
import type { JobResult, KeptDeadLetter, ReplayJobLetters, ReplayJobs, ReplayJobView } from '../../src/store/index.js';

const job = { id: 'job', isMarked: true, by: 'api', key: null } as unknown as ReplayJobView;
const lease = { owner: 'test', ms: 1_000 };

beforeEach(() => Logger.overrideLogger(false));
afterEach(() => Logger.overrideLogger(['error', 'warn', 'log']));

function letterOf(partition: number): KeptDeadLetter {
  const place = { topic: 'ingestion-topic', partition, offset: 0, id: `ingestion-topic:${partition}:0` };
  return { ...place, headers: [], key: null, value: Buffer.from('{}'), history: [] } as unknown as KeptDeadLetter;
}

it('a record that Kafka does not take for a while is tried again alone', async () => {
  const left = new Map([0, 1, 2].map((partition) => [`ingestion-topic:${partition}:0`, letterOf(partition)]));
  const settled: string[] = [];
  let end = '';
  const jobs = {
    renew: () => Promise.resolve('running'),
    end: (_: string, state: string) => Promise.resolve((end = state)),
  };
  const letters = {
    next: () => Promise.resolve([...left.values()]),
    settle: (_: string, results: readonly JobResult[]) => {
      for (const { id, outcome } of results) if ('action' in outcome && left.delete(id)) settled.push(id);
      return Promise.resolve();
    },
    unmark: () => Promise.resolve(),
  };
  const appended: number[][] = [];
  const append = (records: readonly RawAppend[]) => {
    appended.push(records.map(({ partition }) => partition));
    const isHeld = (partition: number) => partition === 1 && appended.length < 3;
    const outcomes = records.map(({ partition }): AppendOutcome => {
      return isHeld(partition) ? new BufferUnavailableError('no leader') : { partition, offset: appended.length };
    });
    return Promise.resolve(outcomes);
  };
  // Whoever looks for the claims of others first may miss one that comes in between.
  const claims: string[] = [];
  const sole = {
    claim: (replays: readonly Replay[]) => {
      claims.push(`claim ${replays.length}`);
      return Promise.resolve(new Map(replays.map((replay) => [replay, `claim of ${replay.root}`])));
    },
    suspects: (replays: readonly Replay[]) => {
      claims.push(`look ${replays.length}`);
      return Promise.resolve(new Set());
    },
    drop: (ids: readonly string[]) => Promise.resolve(claims.push(`drop ${ids.join()}`)),
  };
  const runner = new ReplayRunner(
    jobs as unknown as ReplayJobs,
    letters as unknown as ReplayJobLetters,
    { append } as unknown as Replayer,
    sole as unknown as SoleInvoice,
  );

  await runner.run(job, lease, new AbortController().signal);

  expect(end).toBe('done');
  expect(appended).toEqual([[0, 1, 2], [1], [1]]);
  const rounds = [
    ['claim 3', 'look 3', 'drop claim of ingestion-topic:0:0,claim of ingestion-topic:2:0'],
    ['claim 1', 'look 1', 'drop '],
    ['claim 1', 'look 1', 'drop claim of ingestion-topic:1:0'],
  ];
  expect(claims).toEqual(rounds.flat());
  expect(settled).toEqual(['ingestion-topic:0:0', 'ingestion-topic:2:0', 'ingestion-topic:1:0']);
});
