import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { processFacts, strangerEnded } from '../../src/engines/process-table.js';

const pids: number[] = [];
afterEach(() => {
  for (const pid of pids.splice(0)) process.kill(pid, 'SIGKILL');
});

/** A process and its child, whose end it never asks for: once killed, the child stays as a zombie. */
async function negligentParent(): Promise<{ child: number }> {
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  if (parent.pid !== undefined) pids.push(parent.pid);
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  return { child: Number(line.toString()) };
}

describe('a process that is no child of ours', () => {
  it('has ended once it is killed, even while its parent leaves it as a zombie', async () => {
    const { child } = await negligentParent();
    const patience = AbortSignal.timeout(30_000);
    const ended = strangerEnded(child, patience);
    process.kill(child, 'SIGKILL');
    await ended;
    expect(patience.aborted).toBe(false);
    expect(process.kill(child, 0)).toBe(true);
    expect(processFacts(child)).toBeUndefined();
  });

  it('is not looked for any longer than somebody waits', async () => {
    const { child } = await negligentParent();
    const waiting = new AbortController();
    const ended = strangerEnded(child, waiting.signal);
    waiting.abort();
    await ended;
    expect(processFacts(child)).toBeDefined();
    process.kill(child, 'SIGKILL');
  });
});
