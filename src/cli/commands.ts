import { InvalidArgumentError, Option } from 'commander';
import type { ExportOptions } from './export.js';
import type { LoadOptions } from './load/load.js';
import type { CliCommand } from './program.js';

/** Every command of `docstream`. What a command needs is loaded when it runs. */
export const COMMANDS: readonly CliCommand[] = [
  {
    name: 'load',
    define: (command) =>
      command
        .description(
          'Load .csv, .csv.gz, .ndjson or .ndjson.gz files through the bulk endpoint of a running instance.\n\n' +
            'Resumable and repeatable: the ids of the lines come from the content of the file, so loading the same file\n' +
            'again changes nothing, and a load that was stopped goes on where it was. Rejected lines are written with line\n' +
            'number and reason to FILE.rejected.ndjson; load their corrections as a file of their own, because a file\n' +
            'with other content has other ids.\n\n' +
            'Exit code: 0 every row was accepted, 2 some were rejected, 1 failure.',
        )
        .argument('<files...>', 'files to load')
        .option('--url <url>', 'address of the instance (default: from HOST and PORT)')
        .option('--api-key <key>', 'API key (default: the first of DOCSTREAM_API_KEYS)')
        .addOption(
          new Option(
            '--charset <name>',
            'encoding of the files (default: UTF-8 if it is valid, else windows-1252)',
          ).choices(['utf-8', 'iso-8859-1', 'windows-1252']),
        )
        .option('--timeout <seconds>', 'how long to keep trying while the instance does not take more', positive, 300)
        .option('--no-wait', 'do not wait until what was loaded is processed'),
    run: async (args, options) => {
      const { load } = await import('./load/load.js');
      return load(args, options as unknown as LoadOptions);
    },
  },
  {
    name: 'export',
    define: (command) =>
      command
        .description(
          "Stream every stored line back out in the data set's eight columns, to standard output or a file.\n\n" +
            'Exit code: 0 all of it was written, 1 failure.',
        )
        .addOption(new Option('--format <format>', 'csv or ndjson').choices(['csv', 'ndjson']).default('csv'))
        .option('--output <file>', 'file to write, compressed if its name ends in .gz (default: standard output)'),
    run: async (_args, options) => {
      const { exportLines } = await import('./export.js');
      return exportLines(options as unknown as ExportOptions);
    },
  },
  {
    name: 'verify',
    define: (command) =>
      command.description(
        'Recompute every stored total, summary and micro-batch from the stored lines and compare; each difference is one\n' +
          'line. The instance may be running.\n\n' +
          'Exit code: 0 everything agrees, 1 there is a difference, or a failure.',
      ),
    run: async () => {
      const { verify } = await import('./verify.js');
      return verify();
    },
  },
];

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('must be a number above 0');
  return value;
}
