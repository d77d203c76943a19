import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installOnce, type OnStep } from './install.js';
import { createEnvironment } from './python-environment.js';

const SECANTUS_VERSION = '0.7.0b3';

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
  const wanted = { what: 'The local store', requirement: `SecantusDB==${SECANTUS_VERSION}`, signal };
  const usable = () => existsSync(installed.python) && existsSync(installed.script);
  if (await installOnce(folder, { usable, install: (target) => createEnvironment(target, wanted), signal })) {
    onStep(`SecantusDB ${SECANTUS_VERSION} installed (pip)`, Date.now() - startedAt);
  }
  return installed;
}
