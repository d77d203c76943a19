import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EngineError, missing } from './errors.js';
import { installOnce, type OnStep } from './install.js';
import { refuseAborted } from './launch.js';
import { lastLine, runTool } from './tool.js';

const SECANTUS_VERSION = '0.7.0b3';
const INSTALL_MS_MAX = 10 * 60_000;

/** The Python of the virtual environment that SecantusDB is installed in, and the script that it runs. */
export interface SecantusInstall {
  python: string;
  script: string;
}

/** SecantusDB in a virtual environment of its own, installed with pip on the first use. Needs Python then. */
export async function secantusInstall(
  cacheDir: string,
  onStep: OnStep,
  signal?: AbortSignal,
): Promise<SecantusInstall> {
  const folder = resolve(cacheDir, `secantusdb-${SECANTUS_VERSION}`);
  const installed = { python: join(folder, 'bin', 'python'), script: join(folder, 'bin', 'secantusd-py') };
  const startedAt = Date.now();
  // An environment whose Python was upgraded away has a link to nothing, and is made anew.
  const usable = () => existsSync(installed.python) && existsSync(installed.script);
  if (await installOnce(folder, { usable, install: (target) => createEnvironment(target, signal), signal })) {
    onStep(`SecantusDB ${SECANTUS_VERSION} installed (pip)`, Date.now() - startedAt);
  }
  return installed;
}

async function createEnvironment(folder: string, signal?: AbortSignal): Promise<void> {
  const python = await requirePython(signal);
  const made = await runTool(python, ['-m', 'venv', folder], { timeoutMs: 120_000, signal });
  refuseAborted(signal);
  if (made.exitCode !== 0)
    throw pythonMissing('Python could not make a virtual environment (its venv module is missing)');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `SecantusDB==${SECANTUS_VERSION}`];
  const result = await runTool(join(folder, 'bin', 'python'), pip, { timeoutMs: INSTALL_MS_MAX, signal });
  refuseAborted(signal);
  if (result.exitCode !== 0) {
    const complaint = lastLine(result.stderr) || lastLine(result.stdout) || 'no answer in time';
    throw new EngineError('INSTALL', `pip could not install SecantusDB ${SECANTUS_VERSION}: ${complaint}`);
  }
}

async function requirePython(signal?: AbortSignal): Promise<string> {
  let found = '';
  for (const python of ['python3', 'python']) {
    const result = await runTool(python, ['-c', 'import sys; print(*sys.version_info[:2])'], { signal });
    refuseAborted(signal);
    const [major = 0, minor = 0] = result.stdout.trim().split(' ').map(Number);
    if (result.exitCode === 0 && (major > 3 || (major === 3 && minor >= 10))) return python;
    if (result.exitCode === 0) found = ` and "${python}" is ${String(major)}.${String(minor)}`;
  }
  throw pythonMissing(`The local store needs Python 3.10 or newer${found || ' and "python3" was not found'}`);
}

const pythonMissing = (what: string) =>
  missing('PYTHON_MISSING', what, { debian: 'python3 python3-venv', macos: 'python' });
