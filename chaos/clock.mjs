// Loaded into an app before anything else (node --import): its time of day can be set wrong, as that of a machine can,
// while timers and performance.now() go on as they do on a machine. CHAOS_CLOCK names a file with the error in
// milliseconds; SIGUSR2 makes the process look into it, and its threads, which get no signals.
import { readFileSync } from 'node:fs';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const RealDate = Date;
let errorMs = readError();
const threads = new BroadcastChannel('chaos-clock');
threads.unref();
if (isMainThread) {
  process.on('SIGUSR2', () => {
    errorMs = readError();
    threads.postMessage(null);
  });
} else threads.onmessage = () => (errorMs = readError());

const now = () => RealDate.now() + errorMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === Date ? target : newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});

function readError() {
  try {
    return Number(readFileSync(process.env.CHAOS_CLOCK, 'utf8'));
  } catch {
    return 0;
  }
}
