import { parseOptions, UsageError } from '../scripts/usage.mjs';

export const HELP = `npm run bench -- [options]

  --only NAME      measure this figure alone; may be given several times
  --rounds N       rounds, 3 unless told
  --quick          everything in less than two minutes, at small sizes: whether it works, not how fast it is
  --json FILE      write the result for machines to FILE
  --profile NAME   run docstream's side of one figure under the CPU profiler: a profile, a flame chart, a top list
  --no-build       use dist as it is
  --list           the names of the figures
  --help           this text

It starts a Kafka and a store of its own in a temporary folder; KAFKA_BROKERS and MONGODB_URI choose others. Settings
such as DOCSTREAM_BATCH_RECORDS_MAX reach docstream. Figures whose names begin with peer- are measured when they are
named: Kafka Connect and Spark are fetched first (Maven Central, PyPI; about 600 MB). docs/decisions/0010 describes the
yardsticks.
`;

const OPTIONS = {
  only: { type: 'string', multiple: true },
  rounds: { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'string' },
  profile: { type: 'string' },
  'no-build': { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

/** Reads the command line; UsageError for what it does not know. */
export function readOptions(args) {
  const values = parseOptions('bench', args, OPTIONS);
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) {
    throw new UsageError('--rounds must be a number from 1 to 1000');
  }
  return { ...values, only: values.only ?? null, rounds, build: !values['no-build'] };
}

/** UsageError for a figure that does not exist. */
export function refuseUnknownNames({ only, profile }, names) {
  const unknown = [...(only ?? []), ...(profile === undefined ? [] : [profile])].find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no figure ${unknown}; there are ${names.join(', ')}`);
}
