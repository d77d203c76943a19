import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { oneLine } from './cli-error.js';
import { COMMANDS } from './commands.js';
import { runProgram } from './program.js';
import { soFar } from './so-far.js';

// A reader that closes the pipe (`| head`) has what it wants; what was found until then is in the exit code.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(soFar.exitCode);
  process.stderr.write(`docstream: standard output: ${oneLine(error)}\n`, () => process.exit(1));
});
Logger.overrideLogger(false);
process.on('uncaughtException', (error) => {
  process.stderr.write(`docstream: ${oneLine(error)}\n`, () => process.exit(1));
});

const exitCode = await runProgram(process.argv.slice(2), COMMANDS);
// Whatever a client still holds open must not keep a finished command waiting, and no output may be cut.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
