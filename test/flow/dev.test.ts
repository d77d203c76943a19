import { type ChildProcess, spawn } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { afterEach, expect, it } from '@jest/globals';
import { within } from '../../src/buffer/deadline.js';
import { testEnvironment } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';

let dev: ChildProcess | null = null;
afterEach(() => {
  dev?.kill('SIGKILL');
});

it('npm run dev starts the application again when a file changes, and ends with it', async () => {
  let said = '';
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...testEnvironment() };
  dev = spawn(process.execPath, ['scripts/dev.mjs'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [dev.stdout, dev.stderr]) stream?.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise((resolve) => dev?.once('close', resolve));
  const starts = (count: number) =>
    until(
      () => said.split('ms after the change').length > count,
      90_000,
      () => `it did not start ${count} times:\n${said}`,
    );
  await starts(1);
  const url = /Dashboard {2}(http:\S+)\/dashboard/.exec(said)?.[1] ?? '';
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  // No change at all for everybody else who uses this folder.
  utimesSync('views/error.hbs', new Date(), new Date());
  await starts(2);
  expect(said).toContain('changed: views/error.hbs');
  const again = [...said.matchAll(/Dashboard {2}(http:\S+)\/dashboard/g)].at(-1)?.[1] ?? '';
  expect((await fetch(`${again}/health/live`)).status).toBe(200);
  dev.kill('SIGTERM');
  const code = await within(300_000, ended, () => new Error(`it does not end:\n${said}`));
  expect([code, said.match(/Stopped\./g)?.length]).toEqual([0, 2]);
});
