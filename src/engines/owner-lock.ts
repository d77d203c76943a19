import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { refuseAborted } from './launch.js';
import { processFacts } from './process-table.js';

export interface OwnerLock {
  release(): void;
}

/**
 * Takes the lock file for this process, or answers the pid of the living process that has it. A lock whose owner is
 * gone, or whose pid now belongs to another process, is taken over.
 */
export function takeLock(file: string): OwnerLock | { heldBy: number } {
  const mine = JSON.stringify({ pid: process.pid, startedAt: processFacts(process.pid)?.startedAt ?? '' });
  const draft = `${file}.${String(process.pid)}.tmp`;
  writeFileSync(draft, mine);
  try {
    for (;;) {
      // A hard link appears with its content, so nobody ever reads half a lock.
      if (linked(draft, file))
        return {
          release: () => {
            releaseIf(file, mine);
          },
        };
      const owner = livingOwner(file);
      if (owner !== undefined) return { heldBy: owner };
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Runs the work while holding the lock, after waiting for whoever has it. */
export async function withLock<T>(file: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  for (;;) {
    refuseAborted(signal);
    const lock = takeLock(file);
    if ('release' in lock) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    await delay(100);
  }
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function livingOwner(file: string): number | undefined {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startedAt: string };
    return processFacts(pid)?.startedAt === startedAt ? pid : undefined;
  } catch {
    return undefined;
  }
}

function releaseIf(file: string, mine: string): void {
  try {
    if (readFileSync(file, 'utf8') === mine) rmSync(file, { force: true });
  } catch {
    // A lock that is gone needs no release.
  }
}
