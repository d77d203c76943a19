import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from './owner-lock.js';

/** Called for each step of a start, for people: what was done and how long it took. */
export type OnStep = (step: string, ms: number) => void;

export interface Installation {
  /** Whether what was installed before still works. */
  usable?: () => boolean;
  /** Installs into the folder, which is there and empty. */
  install(folder: string): Promise<void>;
  signal?: AbortSignal | undefined;
}

/**
 * Makes sure that `folder` is installed and complete, and answers whether it had to be. Two starts at once do not get
 * in each other's way, and an installation that was killed half-way is done again from the beginning.
 */
export async function installOnce(folder: string, { usable, install, signal }: Installation): Promise<boolean> {
  const complete = join(folder, '.complete');
  const isInstalled = () => existsSync(complete) && (usable?.() ?? true);
  if (isInstalled()) return false;
  mkdirSync(dirname(folder), { recursive: true });
  return withLock(`${folder}.lock`, signal, async () => {
    if (isInstalled()) return false;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await install(folder);
    writeFileSync(complete, '');
    return true;
  });
}
