import cliProgress from 'cli-progress';
import { loadSettings, type Settings } from '../../config.js';
import { CliError, oneLine } from '../cli-error.js';
import { ensureRunning, installationAt, type Target, type TargetOptions, targetOf } from '../connection.js';
import { ChunkSender } from './chunk-sender.js';
import { formatOf } from './content.js';
import { Loader, type LoadReport } from './loader.js';
import { LoadState } from './load-state.js';
import { settle } from './settle.js';
import { type Charset, survey, type Survey } from './survey.js';

export interface LoadOptions extends TargetOptions {
  charset?: Charset;
  /** How long a request is tried again, seconds. */
  timeout: number;
  wait: boolean;
}

/** Processing that has not moved for so long is not waited for. */
const STALL_MS = 60_000;

/** Loads files one after the other. Resolves with the exit code: 0 all accepted, 2 some rejected, 1 failed. */
export async function load(files: readonly string[], options: LoadOptions): Promise<number> {
  const settings = loadSettings();
  const target = targetOf(options, settings, 'ingest');
  const stop = new AbortController();
  const onSignal = () => {
    stop.abort();
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    for (const file of files) formatOf(file);
    await ensureRunning(target);
    let exitCode = 0;
    for (const file of files) {
      const report = await loadOne(file, target, settings, options, stop.signal);
      if (report.rejected > 0) exitCode = 2;
    }
    return exitCode;
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
}

async function loadOne(
  path: string,
  target: Target,
  settings: Settings,
  options: LoadOptions,
  signal: AbortSignal,
): Promise<LoadReport> {
  const file = await survey(path, formatOf(path), options.charset ?? null, signal);
  if (signal.aborted) throw new CliError('interrupted before anything was sent');
  say(`${path}: ${count(file.rows)} rows, ${megabytes(file.bytes)} MB, ${file.charset}`);
  const startedAtMs = performance.now();
  const bar = progressBar(file);
  const sender = new ChunkSender(target, {
    timeoutMs: options.timeout * 1_000,
    signal,
    onWait: (reason) => bar.update({ note: `  waiting: ${reason}` }),
  });
  const loader = new Loader(sender, new LoadState(settings.dataDir, file.hash), {
    url: target.url,
    installation: await installationAt(target),
    item: settings.ingest,
    signal,
    onProgress: (rows, bytes, rejected) => bar.update(rows, { mb: megabytes(bytes), rejected, note: '' }),
  });
  let report: LoadReport;
  try {
    report = await loader.load(file);
  } catch (error) {
    bar.stop();
    if (signal.aborted)
      throw new CliError(`${path}: interrupted; run the same command again to go on where it stopped`);
    throw new CliError(oneLine(error), 1, { cause: error });
  }
  bar.stop();
  if (report.resumedRows > 0)
    say(`${path}: ${count(report.resumedRows)} rows were there from an earlier run of this load`);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const sent = report.accepted + report.rejected - report.resumedRows;
  say(
    `${path}: ${count(report.accepted)} accepted, ${count(report.rejected)} rejected in ${seconds.toFixed(1)} s (${rate(sent, seconds)} rows/s)`,
  );
  if (report.rejected > 0) say(`${path}: the rejected lines and why: ${report.rejectionFile}`);
  if (report.unlistedRows > 0) {
    const why = 'the instance judges by other settings than this command has (DOCSTREAM_DATE_ORDER)';
    say(`${path}: ${count(report.unlistedRows)} more rejected lines are not in it: ${why}`);
  }
  if (options.wait) await waitUntilSettled(path, target, options, signal, { startedAtMs, rows: sent });
  return report;
}

async function waitUntilSettled(
  path: string,
  target: Target,
  options: LoadOptions,
  signal: AbortSignal,
  { startedAtMs, rows }: { startedAtMs: number; rows: number },
): Promise<void> {
  const outcome = await settle(target, Math.min(options.timeout * 1_000, STALL_MS), signal, (lag) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${count(lag)} records to process \x1b[K`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const seconds = (performance.now() - startedAtMs) / 1_000;
  if (outcome === 'settled')
    say(`${path}: all processed after ${seconds.toFixed(1)} s (${rate(rows, seconds)} rows/s)`);
  else if (outcome === 'unknown') say(`${path}: accepted; ${target.url} does not tell how far processing is`);
  else say(`${path}: accepted and safe in Kafka, but not all processed yet; see ${target.url}/dashboard/pipeline`);
}

/** On a terminal a bar; elsewhere a line every few seconds. */
function progressBar(file: Survey): cliProgress.SingleBar {
  const format =
    '{bar} {percentage}%  {value}/{total} rows  {rate} rows/s  {mb} MB  ETA {eta_formatted}  rejected {rejected}{note}';
  const startedAtMs = performance.now();
  const bar = new cliProgress.SingleBar({
    format: (options, params, payload) => {
      const seconds = Math.max(0.001, (performance.now() - startedAtMs) / 1_000);
      return cliProgress.Format.Formatter({ ...options, format }, params, {
        ...payload,
        rate: rate(params.value, seconds),
      });
    },
    // Before the first rows, and of none, there is nothing to reckon with.
    formatTime: (seconds, options, step) =>
      Number.isFinite(seconds) ? cliProgress.Format.TimeFormat(seconds, options, step) : '-',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    etaBuffer: 20,
    hideCursor: true,
    linewrap: false,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
    emptyOnZero: true,
  });
  bar.start(file.rows, 0, { mb: '0.0', rejected: 0, note: '' });
  return bar;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const count = (n: number) => n.toLocaleString('en-GB');
const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
const rate = (rows: number, seconds: number) => count(Math.round(rows / seconds));
