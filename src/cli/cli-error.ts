import { printable } from './printable.js';

/** What stops a command and what to do about it, in one line. Printed without a stack trace. */
export class CliError extends Error {
  readonly code = 'CLI';
  constructor(
    message: string,
    readonly exitCode = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CliError';
  }
}

/** Any error as one line for the person who typed the command. */
export function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  const { code, message, name } = error as Error & { code?: unknown };
  if (code === 'STORE_UNAVAILABLE' || /^(Mongo|PoolCleared)/.test(name)) {
    return `the store does not answer: start docstream with "npm start", or check MONGODB_URI (${printable(withoutPassword(message))})`;
  }
  if (code === 'BUFFER_UNAVAILABLE' || name.startsWith('KafkaJS')) {
    return `Kafka does not answer: start docstream with "npm start", or check KAFKA_BROKERS (${printable(message)})`;
  }
  return printable(message);
}

/** What a failed system call on a file means, in words. */
export function fileError(path: string, error: unknown): CliError {
  const code = (error as NodeJS.ErrnoException).code;
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EISDIR: 'is a folder, not a file',
    EACCES: 'this user may not open it',
    EPERM: 'this user may not open it',
    ENOSPC: 'the disk is full',
    EROFS: 'the disk is read-only',
    ENOTDIR: 'a part of its path is not a folder',
  };
  const reason = code === undefined ? undefined : reasons[code];
  return new CliError(`${path}: ${reason ?? printable(String((error as Error).message))}`, 1, { cause: error });
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^@/\s]*@/g, '//');
}
