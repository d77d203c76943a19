// Loaded into docstream before anything else: the thread that processes throws, or hangs, once a file says so.
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) setInterval(act, 50).unref();

function act() {
  const order = said();
  if (order === 'throw') throw new Error('the thread was told to throw');
  // Without end, and without keeping a core busy.
  if (order === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function said() {
  try {
    return readFileSync(process.env.TEST_ORDER, 'utf8');
  } catch {
    return null;
  }
}
