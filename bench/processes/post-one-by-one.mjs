// One connection, one post at a time, each timed from its first byte to the last byte of the answer.
import { keepAlive, sendOk } from './keep-alive.mjs';
import { readLines, report, task } from './task.mjs';

const bodies = readLines(task.file, task.bodies);
const headers = { 'content-type': 'application/json' };
const connection = keepAlive(task.url);
const times = [];
let fromMs = 0;
for (let n = -task.warmup; n < task.requests; n += 1) {
  if (n === 0) fromMs = Date.now();
  const body = bodies[(n + task.warmup) % bodies.length];
  const startedAt = performance.now();
  await sendOk(connection, 'POST', '/invoiceitem', { headers, body });
  if (n >= 0) times.push(performance.now() - startedAt);
}
const toMs = Date.now();
connection.close();
report({ fromMs, toMs, times });
