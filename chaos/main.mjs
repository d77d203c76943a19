// npm run chaos: proves the promise by breaking everything around it. docs/ARCHITECTURE.md says what is promised.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { atFirstSignal } from '../scripts/first-signal.mjs';
import { setUp } from '../scripts/setup.mjs';
import { refuseBadSettings, UsageError } from '../scripts/usage.mjs';
import { FAULTS } from './faults.mjs';
import { HELP, readOptions } from './options.mjs';

const DIFFERENCES_SHOWN = 20;
const say = (text) => process.stderr.write(`${text}\n`);

async function main(options) {
  if (options.help) return void process.stdout.write(HELP);
  if (options.list) return void process.stdout.write(`${Object.keys(FAULTS).join('\n')}\n`);
  if (!options['no-build']) setUp();
  // What follows needs the packages and the build.
  await refuseBadSettings();
  const [{ World }, { makeRun }] = await Promise.all([import('./world.mjs'), import('./run.mjs')]);
  const world = new World({ say: (text) => say(`         ${text}`) });
  atFirstSignal(() => {
    say('stopping ...');
    void world.close({ keep: false }).finally(() => process.exit(130));
  });
  try {
    report(await makeRun({ world, options, say }), options, world);
  } catch (error) {
    say(`The run failed; the logs are kept in ${world.folder}`);
    options.keep = true;
    throw error;
  } finally {
    await world.close({ keep: options.keep });
  }
}

function report({ figures, differences, timeline }, options, world) {
  if (differences.length > 0) {
    const more = differences.length - DIFFERENCES_SHOWN;
    say(`\n${differences.length} differences, with --seed ${options.seed}; what was done, by second:`);
    for (const line of timeline) say(line);
    say('The first differences:');
    for (const difference of differences.slice(0, DIFFERENCES_SHOWN)) say(`  ${difference}`);
    if (more > 0) say(`  and ${more} more`);
    say(`The logs are kept in ${world.folder}`);
    options.keep = true;
    process.exitCode = 1;
  }
  if (options.json !== undefined) {
    const result = { seed: options.seed, ...figures, differences, timeline };
    writeFileSync(resolve(options.json), `${JSON.stringify(result, null, 2)}\n`);
  }
  process.stdout.write(`${lineOf(options, figures, differences)}\n`);
}

/** The last line of the output. */
function lineOf({ seed }, figures, differences) {
  const { seconds, faults, lines, stored, lost, doubled, restarts, retries, unavailable } = figures;
  const made = Object.entries(faults)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`);
  return [
    `chaos: seed ${seed}`,
    `${seconds} s`,
    `faults ${made.join(' ')}`,
    `lines ${lines.acknowledged} acknowledged ${lines.refused} refused ${lines.unknown} unknown ${stored} stored`,
    `restarts ${restarts.apps} apps ${restarts.engines} engines`,
    `retries ${retries}`,
    `unavailable ${unavailable.seconds} s longest ${unavailable.longestSeconds} s`,
    `result ${lost} lost, ${doubled} doubled, ${differences.length} differences`,
  ].join('; ');
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  const isUsers = error instanceof UsageError || error.name === 'EngineError';
  process.stderr.write(`chaos: ${isUsers ? error.message : error.stack}\n`);
  process.exitCode = 2;
}
