import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from './errors.js';

export interface LaunchPlan {
  /** The engine's name for people, such as "Kafka". */
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  /** Standard output and error are appended here. */
  outputFile: string;
}

export interface Launched {
  pid: number;
  /** How the process ended, once it has; undefined while it runs. */
  ending(): string | undefined;
  /** Resolves when it has ended. */
  ended: Promise<void>;
}

/**
 * Starts a process that outlives this one, in a process group of its own: a Ctrl-C in the terminal reaches the
 * application, which drains, and not the engines that it needs for draining.
 */
export async function launch(plan: LaunchPlan): Promise<Launched> {
  const output = openSync(plan.outputFile, 'a');
  try {
    const child = spawn(plan.command, plan.args, {
      cwd: plan.cwd,
      detached: true,
      stdio: ['ignore', output, output],
    });
    let ending: string | undefined;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', (code, signal) => {
        ending = signal ? `ended by ${signal}` : `exit code ${String(code)}`;
        resolve();
      });
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        reject(new EngineError('START', `${plan.name} could not be started: ${error.message}`, { cause: error }));
      });
    });
    child.unref();
    if (child.pid === undefined) throw new EngineError('START', `${plan.name} could not be started`);
    return { pid: child.pid, ending: () => ending, ended };
  } finally {
    closeSync(output);
  }
}

/** What tells of the end of a process, as long as the signal says that somebody waits. */
export function endedOf({ ended }: Launched): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    if (!signal.aborted) await Promise.race([ended, once(signal, 'abort')]);
  };
}

export interface ReadyWait {
  name: string;
  probe: () => Promise<boolean>;
  /** How the process ended, when it did. */
  ending: () => string | undefined;
  deadlineMs: number;
  /** Looked into, first to last, for a line that says why it ended. */
  logFiles: readonly string[];
  signal?: AbortSignal | undefined;
}

/** Resolves when the probe says yes; rejects with one line when the engine ended, took too long, or was called off. */
export async function waitUntilReady(wait: ReadyWait): Promise<void> {
  const deadline = Date.now() + wait.deadlineMs;
  for (;;) {
    refuseAborted(wait.signal);
    if (await wait.probe()) return;
    const ending = wait.ending();
    if (ending !== undefined) throw failed(wait, `stopped while starting (${ending})`);
    if (Date.now() > deadline) throw failed(wait, `was not ready after ${String(wait.deadlineMs / 1000)} s`);
    await delay(50);
  }
}

/** Throws ABORTED when the start was called off. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EngineError('ABORTED', 'The start was called off');
}

function failed(wait: ReadyWait, what: string): EngineError {
  const line = wait.logFiles.map(complaintIn).find((found) => found !== undefined);
  return new EngineError(
    'START',
    `${wait.name} ${what}${line ? `: ${line}` : ''}. Its log: ${wait.logFiles.join(', ')}`,
  );
}

function complaintIn(file: string): string | undefined {
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n').slice(-200);
    return lines.findLast((line) => /error|fatal|exception|refused|in use|failed/i.test(line) && !/^\s+at /.test(line));
  } catch {
    return undefined;
  }
}
