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

/** A page whose letters take long to look at, with what the store says of the job meanwhile. */
function slowPage(states: readonly ('running' | 'stopping' | null)[], takesMs: number) {
  const said = { renewed: 0, appended: 0, dropped: [] as string[], unmarked: 0, end: '' };
  const left = [letterOf(0)];
  const jobs = {
    renew: () => Promise.resolve(states[Math.min(said.renewed++, states.length - 1)] ?? null),
    end: (_: string, state: string) => Promise.resolve((said.end = state)),
    find: () => Promise.resolve({ finishedAt: new Date() }),
  };
  const letters = {
    next: () => Promise.resolve(left),
    settle: () => Promise.resolve(left.splice(0)),
    unmark: () => Promise.resolve((said.unmarked += 1)),
  };
  const append = (records: readonly RawAppend[]) => {
    said.appended += records.length;
    return Promise.resolve(records.map(({ partition }) => ({ partition, offset: 0 })));
  };
  const sole = {
    claim: (replays: readonly Replay[]) => Promise.resolve(new Map(replays.map((replay) => [replay, 'claim']))),
    suspects: () => new Promise((resolve) => setTimeout(resolve, takesMs, new Set())),
    drop: (ids: readonly string[]) => Promise.resolve(said.dropped.push(...ids)),
  };
  const runner = new ReplayRunner(
    jobs as unknown as ReplayJobs,
    letters as unknown as ReplayJobLetters,
    { append } as unknown as Replayer,
    sole as unknown as SoleInvoice,
  );
  return { said, run: () => runner.run(job, { owner: 'test', ms: 60 }, new AbortController().signal) };
}

it('the lease is kept while a page takes longer than it lasts', async () => {
  const { said, run } = slowPage(['running'], 300);
  await run();
  // Before the page, before what it sends, and before the end: what is more was while it was looked at.
  expect(said.renewed).toBeGreaterThan(5);
  expect(said).toMatchObject({ appended: 1, end: 'done' });
});

it.each([
  ['stopped', 'stopping', { end: 'stopped' }],
  ['taken over', null, { end: '' }],
] as const)('a page that is looked at while the job is %s is not sent, and its claims end', async (_, state, end) => {
  const { said, run } = slowPage(['running', state], 0);
  await run();
  expect(said).toMatchObject({ appended: 0, dropped: ['claim'], unmarked: 1, ...end });
});
