import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { runScript } from '../helpers/script.js';

const folder = mkdtempSync(join(tmpdir(), 'docstream-chaos-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const chaos = (args: readonly string[], settings: Record<string, string> = {}) =>
  runScript('chaos/main.mjs', args, { folder, settings });

describe('npm run chaos', () => {
  it('breaks things while clients post, and finds nothing lost, doubled or made up', async () => {
    const json = join(folder, 'result.json');
    const only = ['app-kill', 'store-kill', 'kafka-cut'].flatMap((fault) => ['--only', fault]);
    const { code, stdout, stderr } = await chaos(['--seconds', '15', '--seed', '1', ...only, '--json', json]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout.trim().split('\n').at(-1)).toMatch(
      /^chaos: seed 1; 15 s; faults .*; lines \d+ acknowledged .*; result 0 lost, 0 doubled, 0 differences$/,
    );
    const result = JSON.parse(readFileSync(json, 'utf8')) as {
      faults: Record<string, number>;
      lines: { acknowledged: number };
      stored: number;
      restarts: { apps: number; engines: number };
    };
    expect(Math.min(...Object.values(result.faults))).toBeGreaterThan(0);
    expect(result.lines.acknowledged).toBeGreaterThan(100);
    expect(result.stored).toBeGreaterThanOrEqual(result.lines.acknowledged);
    expect(result.restarts.apps).toBeGreaterThan(0);
    expect(result.restarts.engines).toBeGreaterThan(0);
  });

  it('tells a mistake in one line', async () => {
    expect(await chaos(['--only', 'weather'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^chaos: there is no fault weather; there are app-kill, .*\n$/),
    });
    expect(await chaos(['--seconds', 'many'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--seconds') });
    const unwritable = expect.stringMatching(/^chaos: --json \/no\/such\.json can't be written: .*\n$/);
    expect(await chaos(['--json', '/no/such.json'])).toMatchObject({ code: 2, stderr: unwritable });
    expect(await chaos(['--colour'])).toMatchObject({ code: 2, stderr: expect.stringContaining("'--colour'") });
    const unknown = expect.stringMatching(/^chaos: DOCSTREAM_FOO is not a setting .*\n$/);
    expect(await chaos([], { DOCSTREAM_FOO: '1' })).toMatchObject({ code: 2, stderr: unknown });
  });
});
