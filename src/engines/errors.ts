/** What can keep a local engine from starting. The list is closed: callers and tests may branch on it. */
export type EngineErrorCode =
  | 'JAVA_MISSING'
  | 'MAVEN_MISSING'
  | 'PYTHON_MISSING'
  | 'INSTALL'
  | 'DATA_DIR'
  | 'IN_USE'
  | 'PORT'
  | 'START'
  | 'ABORTED';

/** A failure of the local engines. `message` is one line for a person: what is wrong and what to do about it. */
export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(
    readonly code: EngineErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message.replaceAll(/\s+/g, ' ').trim(), options);
  }
}

/** The error for a missing prerequisite: names it, how to install it, and how to do without it. */
export function missing(
  code: 'JAVA_MISSING' | 'MAVEN_MISSING' | 'PYTHON_MISSING',
  what: string,
  packages: { debian: string; macos: string },
): EngineError {
  return new EngineError(
    code,
    `${what}. Install it with "sudo apt-get install ${packages.debian}" (Debian) or "brew install ${packages.macos}" ` +
      `(macOS), or run everything in containers with "docker compose up".`,
  );
}

/** The text of anything thrown, on one line. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
}
