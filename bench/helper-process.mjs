import { spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = join(import.meta.dirname, 'processes');
const STOP_MS_MAX = 15_000;

/** Starts a Node.js process, as `startProgram` does. */
export function startNode(args, options) {
  return startProgram(process.execPath, args, options);
}

/**
 * Starts a process and hands on its standard output by lines. `stop()` ends it (SIGTERM, then SIGKILL after 15 s) and
 * resolves when it is gone; `exited` resolves with its exit code. `complaint()` is what it said last; `alive()` throws
 * it once the process has ended.
 */
export function startProgram(command, args, { cwd, env, onLine }) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  const hear = (stream, handle) => {
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line);
      if (said.length > 40) said.shift();
      handle?.(line);
    });
  };
  hear(child.stdout, onLine);
  hear(child.stderr);
  const exited = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
  };
  const complaint = () => complaintIn(said);
  let ended = null;
  const note = (how) => (ended = how);
  exited.then(note, note);
  const alive = () => {
    if (ended !== null) throw new Error(`${basename(command)} ended (${ended}): ${complaint()}`);
  };
  return { pid: child.pid, exited, stop, complaint, alive };
}

/** The line that names the error, where there is one. */
function complaintIn(lines) {
  return lines.findLast((line) => /^\S*Error\b|can't/.test(line)) ?? lines.slice(-3).join('; ');
}

/** Runs `processes/NAME.mjs` to its end. Its last line is its result, as JSON. */
export async function runHelper(name, args, { cwd, onStart }) {
  let last = '';
  const onLine = (line) => (last = line);
  const helper = startNode([join(folder, `${name}.mjs`), JSON.stringify(args)], { cwd, env: process.env, onLine });
  onStart?.(helper);
  const code = await helper.exited;
  if (code !== 0) throw new Error(`${name} failed (${code}): ${helper.complaint()}`);
  return JSON.parse(last);
}

/** Starts `processes/NAME.mjs`, which serves until it is stopped; resolves with its first line, as JSON. */
export async function serveHelper(name, args, { cwd, onStart }) {
  let tell;
  const first = new Promise((resolve) => (tell = resolve));
  const helper = startNode([join(folder, `${name}.mjs`), JSON.stringify(args)], {
    cwd,
    env: process.env,
    onLine: tell,
  });
  onStart?.(helper);
  const ended = helper.exited.then((code) => {
    throw new Error(`${name} ended (${code}): ${helper.complaint()}`);
  });
  ended.catch(() => undefined);
  const answer = JSON.parse(await Promise.race([first, ended]));
  return { ...helper, answer };
}
