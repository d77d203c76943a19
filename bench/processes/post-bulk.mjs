// The load of bulk ingest: streams lines in requests of `requestLines` over one connection, as a file is loaded.
// With `perSecond` the lines are spread evenly over time; with `lagMax` it waits while more than that are unprocessed.
import { Agent, request } from 'node:http';
import { committedRecords, kafkaClient } from '../kafka.mjs';
import { readLines, report, task } from './task.mjs';

const TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' };
const CHUNK_BYTES = 65_536;
const { url, file, format, lines, firstLine = 0, warmupLines = 0, requestLines = lines, perSecond, lag } = task;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const [header, rows] = format === 'csv' ? headed(readLines(file)) : [[], readLines(file)];
const kafka = lag === undefined ? null : kafkaClient(lag.brokers).admin();

function headed([first, ...rest]) {
  return [[first], rest];
}

/** Line n of an endless file: after its end the lines come again under invoice numbers of their own. */
function lineAt(n) {
  const turn = Math.floor(n / rows.length);
  const line = rows[n % rows.length];
  return turn === 0 ? line : line.replace(/^(\{"InvoiceNo":")?([CA]?)/, `$1$2${turn}`);
}

/** Made before the clock runs, unless the whole is too large to hold. */
function chunksOf(from, count) {
  const chunks = [];
  let text = header.map((line) => `${line}\n`).join('');
  for (let n = from; n < from + count; n += 1) {
    text += `${lineAt(firstLine + n)}\n`;
    if (text.length >= CHUNK_BYTES) {
      chunks.push(Buffer.from(text));
      text = '';
    }
  }
  if (text !== '') chunks.push(Buffer.from(text));
  return chunks;
}

async function post(chunks, count) {
  const answer = await new Promise((resolve, reject) => {
    const headers = { 'content-type': TYPES[format] };
    const outgoing = request(new URL('/invoiceitems', url), { method: 'POST', agent, headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part) => (text += part));
      incoming.on('error', reject).on('end', () => resolve({ status: incoming.statusCode, text }));
    });
    outgoing.on('error', reject);
    void write(outgoing, chunks);
  });
  if (answer.status !== 200 || JSON.parse(answer.text).accepted !== count) {
    throw new Error(`${count} lines were sent, and the answer is ${answer.status} ${answer.text.slice(0, 300)}`);
  }
}

async function write(outgoing, chunks) {
  for (const chunk of chunks) {
    if (!outgoing.write(chunk)) await new Promise((drained) => outgoing.once('drain', drained));
  }
  outgoing.end();
}

async function mayGoOn(sent, startedAt) {
  if (perSecond !== undefined) {
    const dueInMs = startedAt + (sent / perSecond) * 1000 - performance.now();
    if (dueInMs > 0) await new Promise((resume) => setTimeout(resume, dueInMs));
  }
  while (lag !== undefined && sent - (await committedRecords(kafka, lag.groupId, lag.topic)) > lag.linesMax) {
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

await kafka?.connect();
if (warmupLines > 0) await post(chunksOf(0, warmupLines), warmupLines);
const whole = requestLines >= lines ? chunksOf(0, lines) : null;
const fromMs = Date.now();
const startedAt = performance.now();
for (let sent = 0; sent < lines; sent += requestLines) {
  const count = Math.min(requestLines, lines - sent);
  if (whole === null) await mayGoOn(sent, startedAt);
  await post(whole ?? chunksOf(sent, count), count);
}
const seconds = (performance.now() - startedAt) / 1000;
const toMs = Date.now();
agent.destroy();
await kafka?.disconnect();
report({ fromMs, toMs, count: lines, perSecond: lines / seconds });
