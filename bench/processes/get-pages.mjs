// Asks for pages over one connection. With `perSecond` each page has its time, and is timed from then on: a server that
// stalls makes the next ones late as well, as it does for people. Without it, the next page follows the last answer.
// They come compressed, as a browser has them; `sizes` are the bytes of their bodies.
import { keepAlive, sendOk } from './keep-alive.mjs';
import { report, task } from './task.mjs';

const { url, groups, warmup, perSecond } = task;
const connection = keepAlive(url);
const headers = { accept: 'text/html', 'accept-encoding': 'gzip, deflate, br' };
for (const paths of groups.slice(0, warmup)) {
  for (const path of paths) await sendOk(connection, 'GET', path, { headers });
}

const times = groups.slice(warmup).map(() => []);
const sizes = groups.slice(warmup).map(() => []);
const fromMs = Date.now();
const startedAt = performance.now();
for (const [n, paths] of groups.slice(warmup).entries()) {
  let dueAt = performance.now();
  if (perSecond !== undefined) {
    dueAt = startedAt + (n / perSecond) * 1000;
    const inMs = dueAt - performance.now();
    if (inMs > 0) await new Promise((resume) => setTimeout(resume, inMs));
  }
  for (const path of paths) {
    const { bytes } = await sendOk(connection, 'GET', path, { headers });
    const now = performance.now();
    times[n].push(now - dueAt);
    sizes[n].push(bytes);
    dueAt = now;
  }
}
const toMs = Date.now();
connection.close();
report({ fromMs, toMs, times, sizes });
