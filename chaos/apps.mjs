import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const main = join(import.meta.dirname, '..', 'dist', 'bundle', 'main.js');
const clock = pathToFileURL(join(import.meta.dirname, 'clock.mjs')).href;
const RESTART_MS = 500;

/**
 * One docstream process under a supervisor, as people run it: whenever it ends and was not told to, it is started
 * again, at the same address.
 */
export class App {
  #child = null;
  #wanted = false;
  #restart = null;
  restarts = 0;

  constructor({ name, port, folder, env, onEnd }) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.onEnd = onEnd;
    this.clockFile = join(folder, `${name}.clock`);
    const address = { PORT: String(port), HOST: '127.0.0.1' };
    this.env = { ...process.env, ...env, ...address, NODE_ENV: 'production', CHAOS_CLOCK: this.clockFile };
    this.cwd = folder;
    this.logFile = join(folder, `${name}.log`);
    this.log = createWriteStream(this.logFile, { flags: 'a' });
  }

  start() {
    this.#wanted = true;
    const options = { cwd: this.cwd, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] };
    const child = spawn(process.execPath, ['--import', clock, main], options);
    for (const stream of [child.stdout, child.stderr]) stream.pipe(this.log, { end: false });
    child.once('exit', (code, signal) => this.#ended(child, code, signal));
    this.#child = child;
  }

  signal(name) {
    this.#child?.kill(name);
  }

  /** Its time of day is wrong by so much from now on. */
  setClock(errorMs) {
    writeFileSync(this.clockFile, String(errorMs));
    this.signal('SIGUSR2');
  }

  /** SIGTERM; resolves with the exit code, or the signal that ended it after the time. */
  async stop(msMax = 30_000) {
    this.#wanted = false;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === null) return 0;
    const exited = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), msMax);
    const [code, signal] = await exited;
    clearTimeout(timer);
    return signal ?? code;
  }

  /** Resolves with whether it answers anything, as soon as it does or after the time. */
  async lives(msMax) {
    const deadline = performance.now() + msMax;
    while (performance.now() < deadline) {
      const answers = fetch(`${this.url}/health/live`, { signal: AbortSignal.timeout(4_000) });
      if (
        await answers.then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return true;
      await pause(200);
    }
    return false;
  }

  /** Resolves once it is ready; rejects after the time. */
  async ready(msMax) {
    const deadline = performance.now() + msMax;
    let last = 'no answer';
    while (performance.now() < deadline) {
      try {
        const answer = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(4_000) });
        if (answer.status === 200) return;
        last = `${answer.status} ${await answer.text()}`;
      } catch (error) {
        last = error.message;
      }
      await pause(200);
    }
    throw new Error(`${this.name} was not ready within ${msMax / 1_000} s: ${last}; its log is ${this.logFile}`);
  }

  #ended(child, code, signal) {
    if (this.#child === child) this.#child = null;
    if (!this.#wanted) return;
    this.onEnd(this, signal ?? code);
    this.restarts += 1;
    this.#restart = setTimeout(() => {
      if (this.#wanted) this.start();
    }, RESTART_MS);
  }
}

/** A port of 127.0.0.1 that nothing listens on. */
export async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
