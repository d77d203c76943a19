// The load of single posts: many connections, each with one request at a time, as autocannon does it.
import autocannon from 'autocannon';
import { readLines, report, task } from './task.mjs';

const { url, file, bodies, connections, warmupSeconds, seconds } = task;
const headers = { 'content-type': 'application/json' };
const requests = readLines(file, bodies).map((body) => ({ method: 'POST', path: '/invoiceitem', headers, body }));

await autocannon({ url, connections, duration: warmupSeconds, requests });
const fromMs = Date.now();
const result = await autocannon({ url, connections, duration: seconds, requests });
const toMs = Date.now();
const { '2xx': answered, non2xx, errors, timeouts, latency, duration } = result;
if (non2xx + errors + timeouts > 0 || answered === 0) {
  throw new Error(`${answered} posts were answered with 2xx, ${non2xx} otherwise, ${errors + timeouts} not at all`);
}
report({
  fromMs,
  toMs,
  count: answered,
  perSecond: answered / duration,
  latency: { p50: latency.p50, p99: latency.p99 },
});
