import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { DemoOptions } from './demo/demo.js';
import type { ExportOptions } from './export.js';
import type { LoadOptions } from './load/load.js';
import type { CliCommand } from './program.js';

/** Every command of `docstream`. What a command needs is loaded when it runs. */
export const COMMANDS: readonly CliCommand[] = [
  {
    name: 'load',
    summary: 'load CSV or NDJSON files through the bulk endpoint',
    description:
      'Load .csv, .csv.gz, .ndjson or .ndjson.gz files through the bulk endpoint of a running instance.\n\n' +
      'Resumable and repeatable: the ids of the lines come from the content of the file, so loading the same file again ' +
      'changes nothing, and a load that was stopped goes on where it was.\n\n' +
      'Each rejected record is a line of FILE.rejected.ndjson: its `line` in the file, the `reason` in words, such as ' +
      '"Quantity must not be 0; Country must be text of 1 to 64 characters", the same by field as `errors`, and the ' +
      'record itself as `raw`. Load corrections as a file of their own, because a file with other content has other ' +
      'ids.\n\n' +
      'Exit code: 0 every row was accepted, 2 some were rejected, 1 failure.',
    define: (command) =>
      reaching(command.argument('<files...>', 'files to load'))
        .addOption(
          new Option(
            '--charset <name>',
            'encoding of CSV files (default: UTF-8 if it is valid, else windows-1252)',
          ).choices(['utf-8', 'iso-8859-1', 'windows-1252']),
        )
        .option('--timeout <seconds>', 'how long to keep trying while the instance does not take more', positive, 300)
        .option('--no-wait', 'do not wait until what was loaded is processed'),
    run: async (args, command) => {
      const { load } = await import('./load/load.js');
      return load(args, command.opts<LoadOptions>());
    },
  },
  {
    name: 'replay',
    summary: 'send dead letters back through the pipeline',
    description:
      'Send dead letters back through the pipeline as they are: all that are open, or those that match. Each keeps its ' +
      'event id, so nothing is stored twice; what is still wrong becomes a dead letter again. Correct single ones on the ' +
      'dashboard.\n\n' +
      'Exit code: 0 all that matched were replayed, 1 one failed, or a failure.',
    define: (command) =>
      reaching(command)
        .option('--reason <reason>', 'such as not-json or invalid-item')
        .option('--field <name>', 'those with something wrong in this field')
        .option('--text <text>', 'those whose error has this text')
        .option('--from <time>', 'first day, or date and time')
        .option('--to <time>', 'last day, or date and time')
        .option('--id <ids...>', 'these dead letters (topic:partition:offset)')
        .option('--dry-run', 'only say how many match'),
    run: async (_args, command) => {
      const { replay } = await import('./replay.js');
      return replay(command.opts());
    },
  },
  {
    name: 'export',
    summary: 'stream everything stored back out as CSV or NDJSON',
    description:
      "Stream every stored line back out in the data set's eight columns, to standard output or a file.\n\n" +
      'Exit code: 0 all of it was written, 1 failure.',
    define: (command) =>
      command
        .addOption(new Option('--format <format>', 'csv or ndjson').choices(['csv', 'ndjson']).default('csv'))
        .option('--output <file>', 'file to write, compressed if its name ends in .gz (default: standard output)'),
    run: async (_args, command) => {
      const { exportLines } = await import('./export.js');
      return exportLines(command.opts<ExportOptions>());
    },
  },
  {
    name: 'topics',
    summary: "list the topics with partitions, offsets and the group's lag",
    description: "List the topics with their partitions, offsets and the consumer group's position and lag.",
    define: (command) =>
      command
        .option('--all', "also Kafka's own topics")
        .option('--json', 'one JSON object per partition instead of a table'),
    run: async (_args, command) => {
      const { topics } = await import('./topics.js');
      return topics(command.opts());
    },
  },
  {
    name: 'tail',
    summary: 'print the records of a topic as they come',
    description:
      'Print the records of a topic as they come: position, time, key, headers and value. What does not print is ' +
      'escaped, and what is not text is shown in base64. Ctrl-C ends it.',
    define: (command) =>
      command
        .argument('<topic>', 'topic to read')
        .option('--from-beginning', 'start at the first record that the topic still has, not at its end')
        .option('--partition <n>', 'this partition only', whole)
        .option('--max <n>', 'stop after so many records', positive)
        .option('--read-uncommitted', 'also records of transactions that are open or were aborted')
        .option('--json', 'one JSON object per record'),
    run: async (args, command) => {
      const { tail } = await import('./tail.js');
      return tail(args[0] ?? '', command.opts());
    },
  },
  {
    name: 'demo',
    summary: 'stream synthetic orders to a running instance',
    description:
      'Stream synthetic orders to a running instance: carts, guests, cancellations, repeated lines and a few bad ones. ' +
      'The same seed gives the same orders with the same ids, so a second run with it stores nothing twice.',
    define: (command) =>
      reaching(command)
        .option('--rate <lines>', 'lines a second', positive, 50)
        .option('--seconds <seconds>', 'how long; 0: until Ctrl-C', whole, 60)
        .option('--seed <number>', 'seed of the orders (default: another one each time)', whole),
    run: async (_args, command) => {
      const { demo } = await import('./demo/demo.js');
      return demo(command.opts<DemoOptions>());
    },
  },
  {
    name: 'doctor',
    summary: 'check a deployment and say what to fix',
    description:
      'Check the settings, Kafka with its topics and the group, the store with its indexes, permissions, clocks and the ' +
      'disk. One line for each check: ok, warn or FAIL, what was found, and what to do about it. It writes one record to ' +
      'a Kafka topic that it creates and removes, and documents to the store that one transaction adds and takes back.\n\n' +
      'Exit code: 0 nothing failed, 1 something did.',
    define: (command) => command.option('--json', 'one JSON object per check'),
    run: async (_args, command) => {
      const { doctor } = await import('./doctor/doctor.js');
      return doctor(command.opts());
    },
  },
  {
    name: 'verify',
    summary: 'recompute every stored total and compare',
    description:
      'Recompute every stored total, summary and micro-batch from the stored lines and compare; each difference is one ' +
      'line. The instance may be running.\n\n' +
      'Exit code: 0 everything agrees, 1 there is a difference, or a failure.',
    define: (command) => command,
    run: async () => {
      const { verify } = await import('./verify.js');
      return verify();
    },
  },
  {
    name: 'keys',
    summary: 'make an API key, or list those that are configured',
    description:
      'create: makes a random API key, shows it once, and the line with its hash for the file that ' +
      'DOCSTREAM_API_KEYS_FILE names. A running instance takes a changed file within seconds. Nothing is written.\n' +
      'list: the configured keys, by scopes, name and the beginning of their hash; never a key.',
    define: (command) =>
      command
        .addArgument(new Argument('<what>', 'create or list').choices(['create', 'list']))
        .option('--scopes <scopes>', 'what the new key may: some of ingest, read, operate, separated by commas')
        .option('--name <name>', 'who or what the new key is for, such as till-7')
        .option('--json', 'one JSON object per key'),
    run: async (args, command) => {
      const { createKey, listKeys } = await import('./keys.js');
      return args[0] === 'create' ? createKey(command.opts()) : listKeys(command.opts());
    },
  },
];

/** With how to reach the instance, and the key to show it. */
function reaching(command: Command): Command {
  return command
    .option('--url <url>', 'address of the instance (default: from HOST and PORT)')
    .option('--api-key <key>', 'API key (default: the first of the configured keys with the scope that this needs)')
    .option('--api-key-file <file>', 'file that has the key, which keeps it out of the list of processes');
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('must be a number above 0');
  return value;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}
