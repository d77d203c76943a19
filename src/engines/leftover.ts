import { setTimeout as delay } from 'node:timers/promises';
import { runsOn, stopProcess } from './process-table.js';

export interface Leftover {
  pid: number;
  port: number;
  /** Paths of the data folder, one of which the command line must name for the process to be ours. */
  paths: readonly string[];
  /** The port that the engine is to have, where the caller insists on one. */
  wantedPort: number | undefined;
  answers(port: number): Promise<boolean>;
}

const ANSWER_MS_MAX = 5_000;

/**
 * Whether the engine that an earlier start left behind can be used. One that is ours and does not answer, or sits on
 * another port than wanted, is stopped; a process that is not ours is never touched.
 */
export async function healthyLeftover({ pid, port, paths, wantedPort, answers }: Leftover): Promise<boolean> {
  const deadline = Date.now() + ANSWER_MS_MAX;
  const fits = wantedPort === undefined || wantedPort === port;
  while (runsOn(pid, paths)) {
    if (fits && (await answers(port)) && runsOn(pid, paths)) return true;
    if (!fits || Date.now() > deadline) await stopProcess(pid, paths);
    else await delay(100);
  }
  return false;
}
