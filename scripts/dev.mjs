// npm run dev: the application on its own engines, started again with each change below src, views and public. A change
// is compiled file by file, without a look at types: your editor and `npm run typecheck` see to those.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { cacheDir, loadEngines } from './engines.mjs';
import { root, setUp } from './setup.mjs';

setUp();
const { transformSync } = await import('@swc/core');
const say = (text) => process.stderr.write(`${text}\n`);
const { loadSettings } = await import('../dist/config.js');
const settings = loadSettings();

// The engines stay up between the starts of the application, which are quick then.
const { startEngines } = await loadEngines();
const engines = await startEngines({
  dataDir: settings.dataDir,
  cacheDir,
  kafka: settings.kafka.brokers === null,
  store: settings.store.uri === null,
  onStep: (step, ms) => say(`  ${step} ${(ms / 1000).toFixed(1)} s`),
  onRestart: say,
});
const env = {
  ...process.env,
  ...(engines.kafka === undefined ? {} : { KAFKA_BROKERS: engines.kafka.brokers }),
  ...(engines.store === undefined ? {} : { MONGODB_URI: engines.store.uri }),
};

let app = spare();
run(app, performance.now());
let next = spare();
let changed = new Set();
let timer;
let restarting = Promise.resolve();
for (const folder of ['src', 'views', 'public']) {
  watch(join(root, folder), { recursive: true }, (_event, name) => {
    if (name === null || !/\.(ts|hbs|js|css|svg|woff2)$/.test(name)) return;
    changed.add(join(root, folder, name));
    clearTimeout(timer);
    // An editor writes a file in several steps, and a checkout writes many files.
    timer = setTimeout(() => {
      const files = changed;
      changed = new Set();
      restarting = restarting.then(() => restart(files));
    }, 50);
  });
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await restarting;
    next.kill('SIGKILL');
    await stop(app);
    await engines.stop();
    process.exit(0);
  });
}

/** A process that has loaded the packages, or is about to. */
function spare() {
  return spawn(process.execPath, ['--enable-source-maps', join(root, 'scripts', 'dev-process.mjs')], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // A Ctrl-C of the terminal is for this process, which ends the application before the engines.
    detached: true,
  });
}

function run(child, sinceMs) {
  child.stdout.on('data', (text) => {
    process.stdout.write(text);
    if (/docstream is ready/.test(text)) say(`  ready ${Math.round(performance.now() - sinceMs)} ms after the change`);
  });
  child.send('run');
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function restart(files) {
  const since = performance.now();
  const names = [...files].map((file) => relative(root, file));
  try {
    for (const file of files) compile(file);
  } catch (error) {
    // What does not compile is told, and the application that runs goes on.
    say(error.message.split('Caused by:')[0]);
    return;
  }
  say(`  changed: ${names.join(', ')}`);
  next.send('load');
  await stop(app);
  say(`  stopped after ${Math.round(performance.now() - since)} ms`);
  app = next;
  run(app, since);
  next = spare();
}

/** The same as the build makes of it, but for types. */
function compile(file) {
  const name = relative(join(root, 'src'), file);
  if (!name.endsWith('.ts') || name.startsWith('..')) return;
  const target = join(root, 'dist', name.replace(/\.ts$/, '.js'));
  // The next `npm start` builds everything, with types.
  rmSync(join(root, 'dist', '.built-from'), { force: true });
  if (!existsSync(file)) {
    rmSync(target, { force: true });
    return;
  }
  const { code, map } = transformSync(readFileSync(file, 'utf8'), {
    filename: file,
    sourceFileName: file,
    sourceMaps: true,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
    module: { type: 'es6' },
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${code}\n//# sourceMappingURL=${target.split('/').at(-1)}.map\n`);
  writeFileSync(`${target}.map`, map);
}
