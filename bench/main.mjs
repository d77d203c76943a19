// npm run bench: measures docstream beside its yardsticks on this very machine. docs/decisions/0010 has the method.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { atFirstSignal } from '../scripts/first-signal.mjs';
import { setUp } from '../scripts/setup.mjs';
import { refuseBadSettings, UsageError } from '../scripts/usage.mjs';
import { HELP, readOptions, refuseUnknownNames } from './options.mjs';

const say = (text) => process.stderr.write(`  ${text}\n`);

async function main(options) {
  if (options.help) return void process.stdout.write(HELP);
  if (options.build) setUp();
  // What follows needs the packages and the build.
  await refuseBadSettings();
  const [{ FIGURES }, { openStage }, { busyWarning }] = await Promise.all([
    import('./figures/index.mjs'),
    import('./open-stage.mjs'),
    import('./environment.mjs'),
  ]);
  const names = FIGURES.map(({ name }) => name);
  if (options.list) return void process.stdout.write(`${names.join('\n')}\n`);
  refuseUnknownNames(options, names);
  const warning = busyWarning();
  if (warning !== null) say(warning);
  await withStage(openStage, (stage) =>
    options.profile === undefined ? measure(stage, FIGURES, options) : profile(stage, FIGURES, options),
  );
}

/** Does `work` on engines of its own and ends them, also when it is interrupted. */
async function withStage(openStage, work) {
  const abort = new AbortController();
  let stage = null;
  atFirstSignal(() => {
    say('stopping ...');
    abort.abort();
    void stage?.close().finally(() => process.exit(130));
  });
  try {
    stage = await openStage({ say, signal: abort.signal });
    if (abort.signal.aborted) {
      // The signal came when there was no stage yet.
      await stage.close();
      process.exit(130);
    }
    await work(stage);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    // What runs into the end of the engines is no failure. Without a stage nothing is left to be ended.
    if (stage === null) process.exit(130);
    await new Promise(() => undefined);
  } finally {
    if (!abort.signal.aborted) await stage?.close();
  }
}

async function measure(stage, all, options) {
  const { describeEnvironment } = await import('./environment.mjs');
  const { measureRounds } = await import('./rounds.mjs');
  const { asMarkdown } = await import('./report.mjs');
  const figures = all.filter(({ name, isOptional }) => options.only?.includes(name) ?? isOptional !== true);
  const environment = await describeEnvironment(stage, options);
  const store = environment.store.engine;
  const sizes = await sizesOf(options);
  const measured = await measureRounds({ stage, sizes, figures, rounds: options.rounds, store, say });
  const result = { environment, rounds: options.rounds, figures: measured };
  const markdown = asMarkdown(result);
  process.stdout.write(`${markdown}\n`);
  const json = `${JSON.stringify(result, null, 2)}\n`;
  if (options.json !== undefined) writeFileSync(resolve(options.json), json);
  const isFull = !options.quick && options.only === null && options.rounds >= 3;
  if (isFull) await keep(json, markdown);
  if (Object.values(measured).some(({ failed }) => failed !== undefined)) process.exitCode = 1;
}

/** The last full result lies in the repository, formatted as everything there. */
async function keep(json, markdown) {
  const { format } = await import('prettier');
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'full.json'), await format(json, { parser: 'json', printWidth: 120 }));
  writeFileSync(join(folder, 'full.md'), `# The last full result\n\n${markdown}`);
  say(`kept in ${join('bench', 'results')}`);
}

async function profile(stage, figures, options) {
  const { profileFigure } = await import('./profile.mjs');
  const figure = figures.find(({ name }) => name === options.profile);
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const folder = join(import.meta.dirname, '..', '.docstream', 'profiles', `${figure.name}-${stamp}`);
  mkdirSync(folder, { recursive: true });
  const { text, file } = await profileFigure({ stage, sizes: await sizesOf(options), figure, folder });
  process.stdout.write(`${text}\n\nprofile      ${file}\nflame chart  ${join(folder, 'flame.html')}\n`);
}

async function sizesOf({ quick }) {
  const { FULL, QUICK } = await import('./sizes.mjs');
  return quick ? QUICK : FULL;
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  const isUsers = error instanceof UsageError || error.name === 'EngineError';
  process.stderr.write(`bench: ${isUsers ? error.message : error.stack}\n`);
  process.exitCode = 1;
}
