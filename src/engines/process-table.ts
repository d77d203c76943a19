import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What the operating system says of a process. `startedAt` tells two processes apart that were given the same pid. */
export interface ProcessFacts {
  command: string;
  startedAt: string;
}

/** The facts of a living process; undefined when there is none. A zombie counts as none. */
export function processFacts(pid: number): ProcessFacts | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? factsFromProc(pid) : factsFromPs(pid);
}

/** Whether the process lives and its command line names one of the paths: pids get reused, paths do not. */
export function runsOn(pid: number, paths: readonly string[]): boolean {
  const command = processFacts(pid)?.command;
  return command !== undefined && paths.some((path) => command.includes(path));
}

/**
 * Ends a process that runs on one of the paths: SIGTERM, then SIGKILL after `graceMs`. Resolves when it is gone.
 * A process that does not name the paths is somebody else's and is not touched.
 */
export async function stopProcess(pid: number, paths: readonly string[], graceMs = 10_000): Promise<void> {
  if (await endedAfter('SIGTERM', pid, paths, graceMs)) return;
  await endedAfter('SIGKILL', pid, paths, 5_000);
}

/**
 * Resolves when a process that is no child of this one has ended, which the operating system tells nobody else, so that it
 * is looked for; or when the signal says that nobody waits.
 */
export async function strangerEnded(pid: number, signal: AbortSignal): Promise<void> {
  const { startedAt } = processFacts(pid) ?? {};
  while (startedAt !== undefined && processFacts(pid)?.startedAt === startedAt) {
    try {
      await delay(LOOK_EVERY_MS, undefined, { signal, ref: false });
    } catch {
      return;
    }
  }
}

const LOOK_EVERY_MS = 1_000;

async function endedAfter(signal: NodeJS.Signals, pid: number, paths: readonly string[], waitMs: number) {
  if (!runsOn(pid, paths)) return true;
  try {
    process.kill(pid, signal);
  } catch {
    return true;
  }
  const deadline = Date.now() + waitMs;
  while (Date.now() < deadline) {
    if (!runsOn(pid, paths)) return true;
    await delay(25);
  }
  return false;
}

function factsFromProc(pid: number): ProcessFacts | undefined {
  try {
    const command = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
      .replaceAll('\0', ' ')
      .trim();
    // The name in parentheses may hold spaces, so fields are counted behind it: the start time is field 22.
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return command === '' ? undefined : { command, startedAt };
  } catch {
    return undefined;
  }
}

function factsFromPs(pid: number): ProcessFacts | undefined {
  const ask = (column: string) =>
    execFileSync('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const state = ask('stat');
    return state === '' || state.startsWith('Z') ? undefined : { command: ask('command'), startedAt: ask('lstart') };
  } catch {
    return undefined;
  }
}
