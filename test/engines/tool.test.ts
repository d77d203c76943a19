import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { runTool } from '../../src/engines/tool.js';

describe('a command that is called off', () => {
  it('is ended', async () => {
    const callOff = new AbortController();
    const slept = runTool('sleep', ['60'], { signal: callOff.signal });
    callOff.abort();
    expect(await slept).toMatchObject({ found: true, exitCode: null });
  });

  it('is ended when it was called off before it began', async () => {
    expect(await runTool('sleep', ['60'], { signal: AbortSignal.abort() })).toMatchObject({ exitCode: null });
  });

  // In a process group of its own, because what this would signal by mistake is the whole group.
  it('does not signal the process group when there is no such command', async () => {
    const script = `
      const { runTool } = await import(${JSON.stringify(pathToFileURL(resolve('dist/engines/tool.js')).href)});
      const callOff = new AbortController();
      const missing = runTool('no-such-command-of-docstream', [], { signal: callOff.signal });
      callOff.abort();
      process.stdout.write(JSON.stringify(await missing));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(JSON.parse(printed)).toMatchObject({ found: false });
  });
});
