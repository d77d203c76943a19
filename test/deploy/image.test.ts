import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { runTool } from '../../src/engines/tool.js';
import { testEnvironment } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';

/** The Dockerfile's instructions with their words, a list for each stage. */
const [build = [], image = []] = readFileSync('Dockerfile', 'utf8')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, '')
  .split(/^(?=FROM )/m)
  .filter((stage) => stage.startsWith('FROM '))
  .map((stage) => stage.trim().split('\n').map(wordsOf));

const folder = mkdtempSync(join(tmpdir(), 'docstream-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let server: ChildProcess | null = null;
afterEach(() => {
  server?.kill('SIGKILL');
});

describe('the container image', () => {
  it('is built from files that are there and are sent to the builder', () => {
    const sent = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    const sources = [...build, ...image].flatMap(copiedFromHere);
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      expect(existsSync(source)).toBe(true);
      expect(sent).toContain(`!${source}`);
    }
  });

  it('has every script that a script of its build calls', () => {
    const scripts = build.flatMap(copiedFromHere).filter((source) => source.startsWith('scripts/'));
    const called = scripts.flatMap((script) => readFileSync(script, 'utf8').match(/[\w-]+\.mjs(?=')/g) ?? []);
    expect(called).toContain('setup.mjs');
    expect(scripts).toEqual(expect.arrayContaining(called.map((name) => `scripts/${name}`)));
  });

  it('has its memory handled as npm start has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
    const [, variables = '', flag] = /^(.+) exec node (--\S+) scripts\/start\.mjs$/.exec(scripts.start) ?? [];
    const set = image.flatMap(([instruction, ...words]) => (instruction === 'ENV' ? words : []));
    expect(set).toEqual(expect.arrayContaining([`NODE_OPTIONS=${flag}`, ...variables.split(' ')]));
  });

  it('serves and runs commands with nothing but what the last stage holds', async () => {
    for (const [instruction, ...words] of image) {
      if (instruction !== 'COPY') continue;
      const [from = '', to = ''] = words.filter((word) => !word.startsWith('--'));
      const source = from.replace(/^\/app\//, '');
      const place = join(folder, to.endsWith('/') ? join(to, source) : to);
      if (source === 'node_modules') symlinkSync(resolve(source), place);
      else if (source !== 'sbom.cdx.json') cpSync(source, place, { recursive: true });
    }
    expect(existsSync(join(folder, 'src'))).toBe(false);
    const version = await runTool('node', ['bin/docstream.mjs', '--version'], { cwd: folder, timeoutMs: 120_000 });
    expect(version).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });

    const [command = '', ...args] = JSON.parse(
      image
        .find(([word]) => word === 'CMD')
        ?.slice(1)
        .join(' ') ?? '',
    ) as string[];
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, ...testEnvironment({ NODE_ENV: 'production' }) };
    server = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [server.stdout, server.stderr])
      stream?.on('data', (text: Buffer) => (said += text.toString()));
    await until(
      () => /Dashboard {2}http\S+/.test(said),
      60_000,
      () => `it does not serve:\n${said}`,
    );
    const dashboard = /Dashboard {2}(http\S+)/.exec(said)?.[1] ?? '';
    const page = await fetch(dashboard);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('</html>')]);
    // Of a package that finds its own files.
    expect((await fetch(new URL('/docs/swagger-ui.css', dashboard))).status).toBe(200);
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});

function wordsOf(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** What a COPY takes from the folder of the Dockerfile. */
function copiedFromHere([instruction, ...words]: string[]): string[] {
  if (instruction !== 'COPY' || words.some((word) => word.startsWith('--from='))) return [];
  return words.slice(0, -1);
}
