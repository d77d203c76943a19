// Posts a line to an invoice of its own and asks for that invoice until the line is there. The clock starts when the
// post is answered: what lies before is the latency of the post.
import { keepAlive } from './keep-alive.mjs';
import { pauseBefore, readLines, report, task } from './task.mjs';

const VISIBLE_MS_MAX = 15_000;
const { url, file, warmup, samples, pauseMs, seconds = Infinity, firstNo = 0 } = task;
const bodies = readLines(file, 1_000);
const headers = { 'content-type': 'application/json' };
const poster = keepAlive(url);
const reader = keepAlive(url);

async function once(n) {
  const invoiceNo = String(700_000_000 + firstNo + n);
  const body = JSON.stringify({ ...JSON.parse(bodies[n % bodies.length]), InvoiceNo: invoiceNo });
  const startedAt = performance.now();
  const { status, text } = await poster.send('POST', '/invoiceitem', { headers, body });
  if (status !== 200) throw new Error(`the post was answered ${status} ${text.slice(0, 300)}`);
  const answeredAt = performance.now();
  let polls = 0;
  for (;;) {
    const answer = await reader.send('GET', `/api/invoices/${invoiceNo}`);
    polls += 1;
    const now = performance.now();
    if (answer.status === 200) return { visible: now - answeredAt, whole: now - startedAt, polls };
    if (answer.status !== 404) throw new Error(`the invoice was answered ${answer.status}`);
    if (now - answeredAt > VISIBLE_MS_MAX) throw new Error(`the line was not visible after ${VISIBLE_MS_MAX} ms`);
  }
}

const results = [];
let fromMs = 0;
let posts = 0;
// The first one counts, however long it takes.
const isOver = (n) => n === warmup + samples || (n > warmup && Date.now() - fromMs > seconds * 1_000);
for (let n = 0; !isOver(n); n += 1) {
  posts += 1;
  if (n === warmup) fromMs = Date.now();
  const result = await once(n);
  if (n >= warmup) results.push(result);
  // At rest means that the consumer waits for the next record, as it does between two customers.
  await pauseBefore(n, pauseMs);
}
const toMs = Date.now();
poster.close();
reader.close();
report({
  fromMs,
  toMs,
  posts,
  visible: results.map(({ visible }) => visible),
  whole: results.map(({ whole }) => whole),
  polls: results.reduce((sum, { polls }) => sum + polls, 0) / results.length,
});
