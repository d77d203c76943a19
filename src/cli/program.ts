import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config-rules.js';
import { readPackage } from '../places.js';
import { CliError, oneLine } from './cli-error.js';

/** One command of `docstream`. */
export interface CliCommand {
  name: string;
  /** For the list of commands. */
  summary: string;
  /** For `--help`: what it does, and its exit codes. */
  description: string;
  /** Adds arguments and options. */
  define(command: Command): Command;
  /** Loaded only when the command runs, so that `--help` is quick; the command has its options. Resolves with the exit code. */
  run(args: readonly string[], command: Command): Promise<number>;
}

/**
 * Parses the arguments and runs the command. Resolves with the exit code: what the command says; 0 for help; 1 for a
 * wrong argument or a failure, which is told in one line.
 */
export async function runProgram(argv: readonly string[], commands: readonly CliCommand[]): Promise<number> {
  let exitCode = 0;
  const program = new Command('docstream')
    .description('Loads, watches, exports and checks the invoice lines of a docstream instance.')
    .version(readPackage().version, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: tellMistake });
  for (const { name, summary, description, define, run } of commands) {
    const command = define(program.command(name).summary(summary).description(description));
    command.action(async () => {
      exitCode = await run(command.args, command);
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    process.stderr.write(`docstream: ${error instanceof ConfigError ? error.message : oneLine(error)}\n`);
    return error instanceof CliError ? error.exitCode : 1;
  }
}

/** A wrong argument and where to look, in one line. */
function tellMistake(text: string, write: (text: string) => void): void {
  write(
    `docstream: ${text
      .replace(/^error: /, '')
      .trim()
      .replace(/\s+/g, ' ')} (--help shows how it is used)\n`,
  );
}
