import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { startEngines, startStore } from '../../src/engines/index.js';
import { cacheDir, freshFolder, processesOn, removeFolders, startElsewhere } from './set-up.js';

afterAll(removeFolders);

describe('what an earlier start left behind', () => {
  it('is adopted after the application was killed, and stopped with the next one', async () => {
    const dataDir = freshFolder();
    const { child, answer } = startElsewhere({ dataDir, cacheDir });
    const left = (await answer).engines;
    child.kill('SIGKILL');
    await once(child, 'exit');

    const steps: string[] = [];
    const engines = await startEngines({
      dataDir,
      cacheDir,
      kafka: true,
      store: true,
      onStep: (step) => steps.push(step),
    });
    expect({ kafka: engines.kafka, store: engines.store }).toEqual(left);
    expect(steps.filter((step) => step.includes('adopted'))).toHaveLength(2);
    await engines.stop();
    expect(processesOn(dataDir)).toEqual([]);
  });

  it('is stopped and replaced when it does not answer', async () => {
    const dataDir = freshFolder();
    const stuck = await startStore({ dataDir, cacheDir });
    process.kill(stuck.pid, 'SIGSTOP');
    const store = await startStore({ dataDir, cacheDir });
    expect(store.pid).not.toBe(stuck.pid);
    expect(processesOn(dataDir).map(({ pid }) => pid)).toEqual([store.pid]);
    await store.stop();
  });

  it('is left alone when its pid belongs to somebody else by now', async () => {
    const dataDir = freshFolder();
    const stranger = spawn('sleep', ['300']);
    await once(stranger, 'spawn');
    const pid = stranger.pid ?? 0;
    const uri = 'mongodb://127.0.0.1:1/?directConnection=true';
    writeFileSync(join(dataDir, 'engines.json'), JSON.stringify({ store: { uri, pid } }));

    const engines = await startEngines({ dataDir, cacheDir, kafka: false, store: true, onStep: () => undefined });
    expect(engines.store?.pid).not.toBe(pid);
    await engines.stop();
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
  });

  it('may be a damaged engines.json, which is as good as none', async () => {
    const dataDir = freshFolder();
    writeFileSync(join(dataDir, 'engines.json'), '{ "store": { "uri": 7');
    const store = await startStore({ dataDir, cacheDir });
    await store.stop();
    expect(processesOn(dataDir)).toEqual([]);
  });

  it('is not touched while the application that it belongs to lives', async () => {
    const dataDir = freshFolder();
    const { child, answer } = startElsewhere({ dataDir, cacheDir, kafka: false });
    const pid = (await answer).engines?.store.pid;
    const second = startEngines({ dataDir, cacheDir, kafka: false, store: true, onStep: () => undefined });
    await expect(second).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining(`pid ${String(child.pid)}`),
    });
    expect(processesOn(dataDir).map((found) => found.pid)).toContain(pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
});
