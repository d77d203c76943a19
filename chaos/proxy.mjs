import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A TCP proxy on 127.0.0.1 that can be a bad network. At first it is a good one. */
export class Proxy {
  #server = createServer((client) => void this.#serve(client));
  #sockets = new Set();
  #refuses = false;
  #delayMs = 0;
  #bytesPerSecond = Infinity;
  #hangs = null;

  /** Resolves with the proxy when it listens, on a free port. */
  static async open(targetPort) {
    const proxy = new Proxy();
    proxy.targetPort = targetPort;
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    proxy.port = proxy.#server.address().port;
    return proxy;
  }

  /** Resets every connection; new ones may come at once. */
  cut() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resets every connection and refuses new ones. */
  refuse() {
    this.#refuses = true;
    this.cut();
  }

  /** Each piece of up to 64 KiB takes this long, one after the other in each direction: slow and narrow. */
  delay(ms) {
    this.#delayMs = ms;
  }

  /** So many bytes a second, in each direction of each connection. */
  throttle(bytesPerSecond) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Nothing comes through, and nothing is said: packets are lost. */
  hang() {
    this.#hangs ??= withResolvers();
  }

  heal() {
    this.#refuses = false;
    this.#delayMs = 0;
    this.#bytesPerSecond = Infinity;
    this.#hangs?.resolve();
    this.#hangs = null;
  }

  async close() {
    this.heal();
    this.#server.close();
    this.cut();
  }

  async #serve(client) {
    if (this.#refuses) return client.resetAndDestroy();
    const server = connect(this.targetPort, '127.0.0.1');
    const ends = [client, server];
    for (const socket of ends) {
      this.#sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        for (const end of ends) end.destroy();
      });
    }
    await Promise.allSettled([this.#pump(client, server), this.#pump(server, client)]);
  }

  async #pump(from, to) {
    for await (const piece of from) {
      const ms = this.#delayMs + (1_000 * piece.length) / this.#bytesPerSecond;
      if (ms >= 1) await pause(ms);
      await this.#hangs?.promise;
      if (!to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    }
    to.end();
  }
}

function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
