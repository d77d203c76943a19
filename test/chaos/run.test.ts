import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const command = join(import.meta.dirname, '..', '..', 'chaos', 'main.mjs');
const folder = mkdtempSync(join(tmpdir(), 'docstream-chaos-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function chaos(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return chaosWith({}, ...args);
}

async function chaosWith(
  settings: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', ...settings };
  try {
    return { code: 0, ...(await run(process.execPath, [command, '--no-build', ...args], { cwd: folder, env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe('npm run chaos', () => {
  it('breaks things while clients post, and finds nothing lost, doubled or made up', async () => {
    const json = join(folder, 'result.json');
    const only = ['app-kill', 'store-kill', 'kafka-cut'].flatMap((fault) => ['--only', fault]);
    const { code, stdout, stderr } = await chaos('--seconds', '15', '--seed', '1', ...only, '--json', json);
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
    expect(await chaos('--only', 'weather')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^chaos: there is no fault weather; there are app-kill, .*\n$/),
    });
    expect(await chaos('--seconds', 'many')).toMatchObject({ code: 2, stderr: expect.stringContaining('--seconds') });
    const unwritable = expect.stringMatching(/^chaos: --json \/no\/such\.json can't be written: .*\n$/);
    expect(await chaos('--json', '/no/such.json')).toMatchObject({ code: 2, stderr: unwritable });
    expect(await chaos('--colour')).toMatchObject({ code: 2, stderr: expect.stringContaining("'--colour'") });
    const unknown = expect.stringMatching(/^chaos: DOCSTREAM_FOO is not a setting .*\n$/);
    expect(await chaosWith({ DOCSTREAM_FOO: '1' })).toMatchObject({ code: 2, stderr: unknown });
  });
});
