import { execFile } from 'node:child_process';

/** How a command ended: `exitCode` is null when there is no such command, or when it was ended by a signal. */
export interface ToolResult {
  found: boolean;
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface ToolOptions {
  cwd?: string;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

const OUTPUT_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Runs a command to its end and never rejects: a command that is missing or fails is a result. The abort of `signal`
 * ends it with SIGTERM.
 */
export function runTool(command: string, args: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
  const { cwd, timeoutMs = 20_000, signal } = options;
  return new Promise((resolve) => {
    // execFile's own `signal` signals pid 0, which is this whole process group, when the command does not exist and the
    // abort comes before its callback. A child that was never started has no pid.
    const callOff = () => {
      if (child.pid !== undefined) child.kill();
    };
    const child = execFile(
      command,
      args,
      { ...(cwd ? { cwd } : {}), timeout: timeoutMs, maxBuffer: OUTPUT_BYTES_MAX },
      (error, stdout, stderr) => {
        signal?.removeEventListener('abort', callOff);
        const found = error?.code !== 'ENOENT';
        const exitCode = error ? (typeof error.code === 'number' ? error.code : null) : 0;
        resolve({ found, exitCode, stdout, stderr });
      },
    );
    if (signal?.aborted) callOff();
    else signal?.addEventListener('abort', callOff, { once: true });
  });
}

/** The last line that says something: what a tool that failed usually ends with. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
