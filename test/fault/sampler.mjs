// A worker thread of test/fault/overload: asks a process for its metrics all the time, four times a second, and says of each
// answer how long it took and what it said of memory. On an event loop of its own, since that of a test stands still while
// the test compares tens of thousands of lines.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const TICK_MS = 50;
const ownDelay = monitorEventLoopDelay({ resolution: 20 });
ownDelay.enable();
/** As test/helpers/unstalled.ts: stands still while this thread does, since then the machine has others to serve. */
let clockMs = 0;
setInterval(() => (clockMs += TICK_MS), TICK_MS);
for (;;) {
  ownDelay.reset();
  const startedAtMs = clockMs;
  const text = await (await fetch(`${workerData.url}/metrics`)).text();
  parentPort.postMessage({
    answerMs: clockMs - startedAtMs,
    rss: Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]),
    stoodStillSeconds: {
      own: ownDelay.max / 1e9,
      docstream: Number(/^nodejs_eventloop_lag_max_seconds\S* (\S+)$/m.exec(text)?.[1]),
    },
  });
  await pause(250);
}
