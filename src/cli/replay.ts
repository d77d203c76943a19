import { setTimeout as pause } from 'node:timers/promises';
import { loadSettings } from '../config.js';
import { CliError } from './cli-error.js';
import { authorization, ensureRunning, type Target, type TargetOptions, targetOf } from './connection.js';

/** The options of `docstream replay`, as commander gives them. */
export interface ReplayOptions extends TargetOptions {
  reason?: string;
  field?: string;
  text?: string;
  from?: string;
  to?: string;
  id?: string[];
  dryRun?: boolean;
}

interface Tally {
  matched: number;
  replayed: number;
  failed: number;
}

interface Job extends Tally {
  state: 'running' | 'stopping' | 'done' | 'stopped';
  failures: { id: string; message: string }[];
}

const LOOK_MS = 500;
const ANSWER_TIMEOUT_MS = 60_000;
/** How long a running replay may be out of sight, while the instance is restarted, say. */
const SILENCE_MS = 60_000;

/**
 * Sends the dead letters that match back through a running instance and waits until it is done, printing how many
 * matched, were replayed and failed. Resolves with the exit code: 1 when one failed or somebody stopped the replay.
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const target = targetOf(options, loadSettings(), 'operate');
  await ensureRunning(target);
  const { reason, field, text, from, to, id: ids, dryRun } = options;
  const filter = JSON.stringify({ reason, field, text, from, to, ids, dryRun });
  const begun = await ask(target, 'POST', '/api/dead-letters/replay', filter);
  const answer = (await begun.json()) as Tally | { location: string };
  if (!('location' in answer)) return report(answer, dryRun === true);
  const job = await endOf(target, answer.location);
  for (const failure of job.failures) process.stderr.write(`${failure.id}: ${failure.message}\n`);
  const exitCode = report(job, false);
  if (job.state === 'done') return exitCode;
  process.stderr.write('somebody stopped the replay\n');
  return 1;
}

function report({ matched, replayed, failed }: Tally, isDry: boolean): number {
  process.stdout.write(
    `${isDry ? `${matched} matched` : `${matched} matched, ${replayed} replayed, ${failed} failed`}\n`,
  );
  return failed === 0 ? 0 : 1;
}

async function endOf(target: Target, location: string): Promise<Job> {
  let seenAtMs = performance.now();
  for (;;) {
    const job = await lookAt(target, location);
    if (job !== null) {
      seenAtMs = performance.now();
      if (job.state === 'done' || job.state === 'stopped') return job;
      if (process.stderr.isTTY) process.stderr.write(`\r${job.replayed} of ${job.matched} replayed `);
    } else if (performance.now() - seenAtMs > SILENCE_MS) {
      throw new CliError(`docstream no longer answers at ${target.url}; it goes on with the replay when it is back`);
    }
    await pause(LOOK_MS);
  }
}

/** Null while the instance does not answer: its replay survives that. */
async function lookAt(target: Target, location: string): Promise<Job | null> {
  try {
    return (await (await ask(target, 'GET', location)).json()) as Job;
  } catch (error) {
    if (error instanceof CliError) throw error;
    return null;
  }
}

/** CliError with what the instance says, when it does not do what was asked. */
async function ask(target: Target, method: string, path: string, body?: string): Promise<Response> {
  const headers = {
    ...authorization(target),
    'user-agent': 'docstream-cli',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const answer = await fetch(`${target.url}${path}`, {
    method,
    headers,
    signal,
    ...(body === undefined ? {} : { body }),
  });
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => null)) as Problem | null;
  const what = problem?.errors?.map(({ field, message }) => `${field} ${message}`).join('; ') ?? problem?.detail;
  if (answer.status === 401) throw new CliError('a valid API key is needed: --api-key, or DOCSTREAM_API_KEYS');
  const message = `docstream answers ${answer.status}: ${what ?? 'nothing more'}`;
  throw answer.status < 500 || method !== 'GET' ? new CliError(message) : new Error(message);
}

interface Problem {
  detail?: string;
  errors?: { field: string; message: string }[];
}
