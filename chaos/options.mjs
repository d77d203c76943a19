import { parseOptions, UsageError } from '../scripts/usage.mjs';
import { FAULTS } from './faults.mjs';

export const HELP = `npm run chaos -- [options]

  --seconds N      how long faults are made while clients post, 60 unless told; checking comes after that
  --seed S         what is random follows from this number; another one each time unless told
  --only FAULT     this fault alone; may be given several times
  --json FILE      write the figures for machines to FILE
  --keep           leave the engines' data and the logs in their folder
  --no-build       use dist as it is
  --list           the names of the faults
  --help           this text

Two docstream processes in one consumer group, a Kafka and a store of its own, TCP proxies between them, and clients
that retry. At the end an oracle compares what was acknowledged with both sinks. Exit code 0: nothing was lost, doubled
or made up; 1: something was, and the first differences are printed; 2: the run could not be made.
`;

const OPTIONS = {
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string' },
  only: { type: 'string', multiple: true },
  json: { type: 'string' },
  keep: { type: 'boolean', default: false },
  'no-build': { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

const SEED_MAX = 2 ** 31;

/** Reads the command line; UsageError for what it does not know. */
export function readOptions(args) {
  const values = parseOptions('chaos', args, OPTIONS);
  const seed = values.seed === undefined ? Math.floor(Math.random() * SEED_MAX) : wholeNumber('seed', values.seed, 0);
  const unknown = values.only?.find((name) => !(name in FAULTS));
  if (unknown !== undefined) {
    throw new UsageError(`there is no fault ${unknown}; there are ${Object.keys(FAULTS).join(', ')}`);
  }
  return { ...values, seed, seconds: wholeNumber('seconds', values.seconds, 1), only: values.only ?? null };
}

function wholeNumber(name, text, min) {
  const number = Number(text);
  if (text !== '' && Number.isInteger(number) && number >= min && number < SEED_MAX) return number;
  throw new UsageError(`--${name} must be a whole number from ${min} to ${SEED_MAX - 1}`);
}
