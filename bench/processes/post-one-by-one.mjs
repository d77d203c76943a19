// One connection, one post at a time, as autocannon does it: each is timed from its write to the end of the answer, and
// the client is the one of the load over many connections. (With http.request, half of the time would be the client's.)
import autocannon from 'autocannon';
import { readLines, report, task } from './task.mjs';

const { url, file, bodies, warmup, requests: samples } = task;
const headers = { 'content-type': 'application/json' };
const requests = readLines(file, bodies).map((body) => ({ method: 'POST', path: '/invoiceitem', headers, body }));
const times = [];
let fromMs = 0;
let toMs = 0;

const run = autocannon({ url, connections: 1, amount: warmup + samples, requests });
run.on('response', (_client, _status, _bytes, tookMs) => {
  times.push(tookMs);
  if (times.length === warmup) fromMs = Date.now();
  toMs = Date.now();
});
const { '2xx': answered, non2xx, errors, timeouts } = await run;
if (answered !== warmup + samples) {
  throw new Error(`${answered} posts were answered with 2xx, ${non2xx} otherwise, ${errors + timeouts} not at all`);
}
report({ fromMs, toMs, times: times.slice(warmup) });
