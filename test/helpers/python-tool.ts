import { join } from 'node:path';
import { installOnce } from '../../src/engines/install.js';
import { lastLine, runTool } from '../../src/engines/tool.js';
import { cacheDir } from '../engines/set-up.js';

/** The commands of schemathesis, and a Python that has requests. */
export const schemathesis = (): Promise<string> => pythonTool('schemathesis', '4.32.5');

/** The folder with the commands of a package of PyPI, in a virtual environment of its own, made once on each machine. */
export async function pythonTool(name: string, version: string): Promise<string> {
  const folder = join(cacheDir, `${name}-${version}`);
  const bin = join(folder, 'bin');
  await installOnce(folder, {
    install: async (target) => {
      await succeed('python3', ['-m', 'venv', target]);
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${name}==${version}`];
      await succeed(join(bin, 'python'), pip);
    },
  });
  return bin;
}

async function succeed(command: string, args: string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await runTool(command, args, { timeoutMs: 300_000 });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: ${lastLine(stderr) || lastLine(stdout)}`);
}
