import { once } from 'node:events';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A proxy on 127.0.0.1 that resets connections exactly when this process is about to write to them. */
export interface ResettingProxy {
  readonly port: number;
  /** How often it has. */
  resets(): number;
  close(): Promise<void>;
}

/**
 * Resets all its connections before each of the next `times` writes of more than `bytes`. It runs in a thread of its own
 * and the writer waits for it, so that nothing but the write can notice: not even the end of the connection was seen.
 */
export async function openResettingProxy(targetPort: number, bytes: number, times: number): Promise<ResettingProxy> {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const file = pathToFileURL(resolve('chaos/proxy.mjs')).href;
  const worker = new Worker(THREAD, { eval: true, workerData: { file, targetPort, done } });
  const [port] = (await once(worker, 'message')) as [number];
  let resets = 0;
  const original = Reflect.get(Socket.prototype, 'write') as (...given: unknown[]) => boolean;
  Socket.prototype.write = function (this: Socket, ...given: unknown[]): boolean {
    const [chunk] = given;
    if (this.remotePort === port && resets < times && chunk instanceof Uint8Array && chunk.length > bytes) {
      resets += 1;
      worker.postMessage('reset');
      Atomics.wait(done, 0, resets - 1, 5_000);
    }
    return original.apply(this, given);
  };
  return {
    port,
    resets: () => resets,
    close: async () => {
      Socket.prototype.write = original as Socket['write'];
      await worker.terminate();
    },
  };
}

const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { file, targetPort, done } = workerData;
  (async () => {
    const { Proxy } = await import(file);
    const proxy = await Proxy.open(targetPort);
    parentPort.on('message', () => {
      proxy.cut();
      setTimeout(() => {
        Atomics.add(done, 0, 1);
        Atomics.notify(done, 0);
      }, 20);
    });
    parentPort.postMessage(proxy.port);
  })();
`;
