// What every command does first on a bare clone: install the packages, build. Plain Node.js without dependencies, for
// there are none yet. A step that has nothing to do is silent; the others say what they did and how long it took.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_MIN = [20, 19];
const TURN_MS_MAX = 15 * 60_000;

/** Installs and builds what is missing or out of date. Ends the process with one clear line when it can't. */
export function setUp() {
  requireNode();
  // A container image has the built program and its packages, and no sources to build from.
  if (!existsSync(join(root, 'src'))) return;
  let release = () => undefined;
  try {
    release = takeTurn();
    ensureInstalled();
    ensureBuilt();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  } finally {
    release();
  }
}

/** Runs `npm ci` unless node_modules was installed from this very package-lock.json, or holds what it says. */
export function ensureInstalled() {
  const mark = join(root, 'node_modules', '.docstream-lock-hash');
  const locked = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if ((existsSync(mark) && readFileSync(mark, 'utf8') === locked) || isInstalledAsLocked()) return;
  // npm is run as this very npm where there is one; NODE_ENV=production must not leave the compiler out.
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  step('packages installed (npm ci)', () => run([...npm, ...flags], 'npm ci failed: see above'));
  writeFileSync(mark, locked);
}

/** Runs `nest build` and makes the bundles, unless dist was built from exactly these sources and packages. */
export function ensureBuilt() {
  const stamp = join(root, 'dist', '.built-from');
  const sources = hashOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  rmSync(stamp, { force: true });
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  step('built (nest build)', () => run([process.execPath, nest, 'build'], 'The build failed: see above'));
  const bundle = join(root, 'scripts', 'bundle.mjs');
  step('bundled (esbuild)', () => run([process.execPath, bundle], 'The programs could not be bundled: see above'));
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, sources);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  process.stderr.write(`docstream needs Node.js ${NODE_MIN.join('.')} or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

function step(what, work) {
  const startedAt = performance.now();
  work();
  process.stderr.write(`  ${what} ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

function run([command, ...args], complaint) {
  // What a tool prints goes to standard error, so that a command's own output stays clean.
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.error) throw new Error(`${command} could not be run: ${result.error.message}`);
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) throw new Error(complaint);
}

/** npm leaves a record of what it installed; packages that are optional may be missing for this platform. */
function isInstalledAsLocked() {
  try {
    const packagesIn = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
    const installed = packagesIn('node_modules/.package-lock.json');
    return Object.entries(packagesIn('package-lock.json')).every(([path, wanted]) => {
      const found = installed[path];
      if (path === '' || (!found && (wanted.optional || wanted.devOptional))) return true;
      return found?.version === wanted.version && existsSync(join(root, path));
    });
  } catch {
    return false;
  }
}

function hashOfSources() {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0]);
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const settings = [
    'package-lock.json',
    'nest-cli.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/bundle.mjs',
    'scripts/class-names.mjs',
  ];
  for (const file of [...files, ...settings.map((name) => join(root, name))]) {
    hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Two commands that are started at once must not install and build over each other: the second one waits. */
function takeTurn() {
  const lock = join(root, '.docstream', 'setup.lock');
  mkdirSync(dirname(lock), { recursive: true });
  while (!takes(lock)) {
    if (isStale(lock)) rmSync(lock, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  return () => {
    process.removeListener('exit', release);
    release();
  };
}

function takes(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** A lock is stale when its owner is gone, or when it is older than any installation takes (its pid may be reused). */
function isStale(lock) {
  try {
    const ageMs = Date.now() - statSync(lock).mtimeMs;
    const owner = Number(readFileSync(lock, 'utf8'));
    // An empty file is one that its owner is writing at this moment.
    if (owner === 0) return ageMs > 5_000;
    return ageMs > TURN_MS_MAX || !isAlive(owner);
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
