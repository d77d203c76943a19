import { join } from 'node:path';
import { EngineError, missing } from './errors.js';
import { refuseAborted } from './launch.js';
import { lastLine, runTool } from './tool.js';

const INSTALL_MS_MAX = 10 * 60_000;

export interface PythonPackage {
  /** Who needs it, for people. */
  what: string;
  /** As pip has it: `NAME==VERSION`. */
  requirement: string;
  signal?: AbortSignal | undefined;
}

/**
 * Makes a virtual environment of the folder and installs the package there with pip.
 * @throws EngineError PYTHON_MISSING; INSTALL when pip could not install it.
 */
export async function createEnvironment(folder: string, { what, requirement, signal }: PythonPackage): Promise<void> {
  const python = await requirePython(what, signal);
  const made = await runTool(python, ['-m', 'venv', folder], { timeoutMs: 120_000, signal });
  refuseAborted(signal);
  if (made.exitCode !== 0)
    throw pythonMissing('Python could not make a virtual environment (its venv module is missing)');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement];
  const result = await runTool(join(folder, 'bin', 'python'), pip, { timeoutMs: INSTALL_MS_MAX, signal });
  refuseAborted(signal);
  if (result.exitCode !== 0) {
    const complaint = lastLine(result.stderr) || lastLine(result.stdout) || 'no answer in time';
    throw new EngineError('INSTALL', `pip could not install ${requirement}: ${complaint}`);
  }
}

async function requirePython(what: string, signal?: AbortSignal): Promise<string> {
  let found = '';
  for (const python of ['python3', 'python']) {
    const result = await runTool(python, ['-c', 'import sys; print(*sys.version_info[:2])'], { signal });
    refuseAborted(signal);
    const [major = 0, minor = 0] = result.stdout.trim().split(' ').map(Number);
    if (result.exitCode === 0 && (major > 3 || (major === 3 && minor >= 10))) return python;
    if (result.exitCode === 0) found = ` and "${python}" is ${String(major)}.${String(minor)}`;
  }
  throw pythonMissing(`${what} needs Python 3.10 or newer${found || ' and "python3" was not found'}`);
}

const pythonMissing = (what: string) =>
  missing('PYTHON_MISSING', what, { debian: 'python3 python3-venv', macos: 'python' });
