import { connect } from 'node:net';

export interface Exchange {
  port: number;
  timeoutMs: number;
  request: Buffer;
  /** The length of the whole answer, or undefined while too little of it is there to tell. */
  frameBytes(head: Buffer): number | undefined;
}

const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** Sends one request to a loopback port on a connection of its own and resolves with the one answer. */
export function exchange({ port, timeoutMs, request, frameBytes }: Exchange): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => socket.destroy(new Error(`no answer in ${String(timeoutMs)} ms`)), timeoutMs);
    let received = Buffer.alloc(0);
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const bytes = frameBytes(received);
      if (bytes !== undefined && bytes > ANSWER_BYTES_MAX) socket.destroy(new Error('not an answer of this protocol'));
      else if (bytes !== undefined && received.length >= bytes) {
        resolve(received.subarray(0, bytes));
        socket.destroy();
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error('the connection was closed'));
    });
  });
}
