// npm run bench: measures docstream beside its yardsticks on this very machine. docs/decisions/0010 has the method.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setUp } from '../scripts/setup.mjs';
import { HELP, readOptions, refuseUnknownNames, UsageError } from './options.mjs';

const say = (text) => process.stderr.write(`  ${text}\n`);

async function main(options) {
  if (options.help) return void process.stdout.write(HELP);
  if (options.build) setUp();
  // What follows needs the packages and the build.
  const [{ FIGURES }, { openStage }, { busyWarning }] = await Promise.all([
    import('./figures/index.mjs'),
    import('./stage.mjs'),
    import('./environment.mjs'),
  ]);
  const names = FIGURES.map(({ name }) => name);
  if (options.list) return void process.stdout.write(`${names.join('\n')}\n`);
  refuseUnknownNames(options, names);
  const warning = busyWarning();
  if (warning !== null) say(warning);
  const stage = await openStage({ say });
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      interrupted = true;
      void stage.close().finally(() => process.exit(130));
    });
  }
  try {
    if (options.profile !== undefined) await profile(stage, FIGURES, options);
    else await measure(stage, FIGURES, options);
  } catch (error) {
    if (!interrupted) throw error;
    await new Promise(() => undefined);
  } finally {
    if (!interrupted) await stage.close();
  }
}

async function measure(stage, all, options) {
  const { describeEnvironment } = await import('./environment.mjs');
  const { measureRounds } = await import('./rounds.mjs');
  const { asMarkdown } = await import('./report.mjs');
  const figures = options.only === null ? all : all.filter(({ name }) => options.only.includes(name));
  const environment = await describeEnvironment(stage, options);
  const measured = await measureRounds({ stage, sizes: await sizesOf(options), figures, rounds: options.rounds, say });
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
