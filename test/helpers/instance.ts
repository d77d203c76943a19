import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { until } from './oracle-sinks.js';

/** How a process ended, and everything that it printed. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** One process of docstream, as a user runs it. `stop` it in the `afterEach` beside the start. */
export class Instance {
  private printed = '';
  /** Whether somebody has ended it, or waits for its end. */
  private isToEnd = false;
  private readonly ended: Promise<Ending>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    }
    this.ended = new Promise((end) => {
      // After `close` nothing more is printed.
      child.once('close', (code, signal) => {
        end({ code, signal, output: this.printed });
      });
    });
  }

  /** Starts the program with exactly these variables besides PATH and HOME. Resolves before it is ready. */
  static launch(env: Record<string, string>): Instance {
    return Instance.run('main.js', [], env);
  }

  /**
   * The same on a disk of its own, of so many megabytes, at `folder`. Others find it below `/proc/PID/root`, and it is
   * gone with the process and what that has started. Linux only.
   */
  static launchOnDisk(
    { folder, megabytes }: { folder: string; megabytes: number },
    env: Record<string, string>,
  ): Instance {
    const mount = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"';
    const disk = ['unshare', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh', `${megabytes}m`, folder];
    return Instance.run('main.js', [], env, disk);
  }

  /** Runs a command of `docstream` to its end. */
  static async command(args: string[], env: Record<string, string>): Promise<Ending> {
    const instance = Instance.run('cli/main.js', args, env);
    try {
      return await instance.ending(90_000);
    } finally {
      await instance.stop();
    }
  }

  /** What it has printed so far. */
  get output(): string {
    return this.printed;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process could not be started');
    return this.child.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.isToEnd = true;
    this.child.kill(signal);
  }

  /** Resolves with its address once it is ready for everything; rejects when it ends before that. */
  async ready(): Promise<string> {
    let url: string | undefined;
    await until(
      async () => {
        if (this.hasEnded()) throw new Error(`docstream ended instead of starting:\n${this.printed}`);
        url ??= /Dashboard {2}(http:\S+)\/dashboard/.exec(this.printed)?.[1];
        return url !== undefined && (await isReady(url));
      },
      90_000,
      () => `docstream is not ready:\n${this.printed}`,
    );
    return url ?? '';
  }

  /** How it ended; rejects when it goes on for several times what is enough. */
  async ending(enoughMs = 30_000): Promise<Ending> {
    this.isToEnd = true;
    await until(
      () => this.hasEnded(),
      enoughMs,
      () => `docstream did not end:\n${this.printed}`,
    );
    return this.ended;
  }

  /** Ends it, hard, if it still runs; one that has ended by itself, which nobody expected, is told with its output. */
  async stop(): Promise<void> {
    if (!this.hasEnded()) this.kill('SIGKILL');
    const { code, signal, output } = await this.ended;
    if (!this.isToEnd) console.error(`docstream ended by itself (${code ?? signal}):\n${output}`);
  }

  private static run(script: string, args: string[], env: Record<string, string>, through: string[] = []): Instance {
    const path = resolve('dist', 'bundle', script);
    if (!existsSync(path)) throw new Error(`${script} is not built: run the tests with npm test`);
    const { PATH = '', HOME = '' } = process.env;
    const [command = '', ...rest] = [...through, process.execPath, path, ...args];
    const child = spawn(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME, ...env },
    });
    return new Instance(child);
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
