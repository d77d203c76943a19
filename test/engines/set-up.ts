import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The downloads that all test runs share. */
export const cacheDir = resolve('.docstream/cache');

const folders: string[] = [];

/** A data folder that is taken away by removeFolders. */
export function freshFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'docstream-engines-')));
  folders.push(folder);
  return folder;
}

/** Ends what still runs on the folders of freshFolder, which is nothing unless a test failed, and removes them. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) {
    for (const { pid } of processesOn(folder)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** The living processes whose command line names the folder. */
export function processesOn(folder: string): { pid: number; command: string }[] {
  return execFileSync('ps', ['-axww', '-o', 'pid=,stat=,command='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder))
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && !match[2]?.startsWith('Z'))
    .map((match) => ({ pid: Number(match?.[1]), command: match?.[3] ?? '' }));
}

export interface StartElsewhere {
  dataDir: string;
  cacheDir: string;
  /** What the PATH of the process is; the one of this process unless told. */
  path?: string;
  kafka?: boolean;
  store?: boolean;
}

/**
 * Starts engines in a Node.js process of their own. It prints one line of JSON, `{ engines }` or `{ code, message }`,
 * and then stays until it is killed.
 */
export function startElsewhere(options: StartElsewhere): { child: ChildProcess; answer: Promise<ElsewhereAnswer> } {
  const { path, dataDir, kafka = true, store = true } = options;
  const script = `
    const { loadEngines } = await import(${JSON.stringify(pathToFileURL(resolve('scripts/engines.mjs')).href)});
    const { startEngines } = await loadEngines();
    const options = ${JSON.stringify({ dataDir, cacheDir: options.cacheDir, kafka, store })};
    const answer = await startEngines({ ...options, onStep: () => undefined }).then(
      ({ kafka, store }) => ({ engines: { kafka, store } }),
      ({ code, message }) => ({ code, message }),
    );
    process.stdout.write(JSON.stringify(answer) + '\\n');
    setInterval(() => undefined, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...(path === undefined ? {} : { PATH: path }), NODE_OPTIONS: '' },
  });
  const answer = new Promise<ElsewhereAnswer>((done, fail) => {
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('\n')) done(JSON.parse(printed) as ElsewhereAnswer);
    });
    child.once('exit', () => {
      fail(new Error('the process ended without an answer'));
    });
  });
  return { child, answer };
}

export interface ElsewhereAnswer {
  engines?: { kafka: { brokers: string; pid: number }; store: { uri: string; pid: number } };
  code?: string;
  message?: string;
}
