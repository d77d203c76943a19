import { execFileSync } from 'node:child_process';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** What a figure depends on besides docstream. */
export async function describeEnvironment(stage, options) {
  return {
    at: new Date().toISOString(),
    machine: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    os: `${platform()} ${release()}`,
    node: process.versions.node,
    kafka: stage.kafkaName,
    store: await stage.describeStore(),
    commit: commit(),
    data: stage.data.source,
    quick: options.quick,
    settings: Object.fromEntries(Object.entries(process.env).filter(([name]) => isTuning(name))),
    loadAtStart: Math.round(loadavg()[0] * 100) / 100,
  };
}

/** Says so when other programs would spoil the figures. */
export function busyWarning() {
  const [load] = loadavg();
  return load > 0.5
    ? `The machine is busy (load ${load.toFixed(1)} on ${cpus().length} cores): don't trust the clock.`
    : null;
}

/** Settings that change how fast docstream is; never keys or addresses. */
const isTuning = (name) => /^DOCSTREAM_(PARTITIONS|\w+_MAX|\w+_MS)$/.test(name);

function commit() {
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const changed = git('status', '--porcelain', '--', 'src', 'bench', 'package-lock.json').trim() !== '';
    return `${git('rev-parse', '--short=12', 'HEAD').trim()}${changed ? ' and uncommitted changes' : ''}`;
  } catch {
    return null;
  }
}
