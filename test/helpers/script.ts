import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How a script ended, and what it printed. */
export interface ScriptEnd {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a script of the repository (`bench/main.mjs`) to its end, in a folder that may be written to, with settings beside those of the tests. */
export async function runScript(
  script: string,
  args: readonly string[],
  { folder, settings }: { folder: string; settings: Readonly<Record<string, string>> },
): Promise<ScriptEnd> {
  const command = join(import.meta.dirname, '..', '..', script);
  const env = { ...process.env, NODE_OPTIONS: '', ...settings };
  try {
    return { code: 0, ...(await run(process.execPath, [command, '--no-build', ...args], { cwd: folder, env })) };
  } catch (error) {
    return error as ScriptEnd;
  }
}
