import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir } from '../scripts/engines.mjs';
import { startKafka, startStore } from '../dist/engines/index.js';
import { App, freePort } from './apps.mjs';
import { Proxy } from './proxy.mjs';

const APPS = ['app-1', 'app-2'];
const READY_MS_MAX = 90_000;
/** Ready again includes working off what has waited, for which the sinks have as long. */
const HEALED_MS_MAX = 180_000;

export const NAMES = {
  ingestionTopic: 'ingestion-topic',
  outputTopic: 'spark-output',
  deadLetterTopic: 'dead-letters',
  groupId: 'docstream',
  database: 'docstreaming',
};

/**
 * Everything of a run: the engines, a proxy before Kafka (one for all apps, for brokers tell their clients where to go),
 * one before the store for each app, and the apps. `close()` ends all of it, whatever state it is in.
 */
export class World {
  #engines = {};
  #starting = new Set();
  #closing = new AbortController();
  #proxies = [];
  folder = mkdtempSync(join(tmpdir(), 'docstream-chaos-'));
  apps = [];
  storeProxies = [];
  engineRestarts = 0;
  #endedRestarts = 0;

  constructor({ say }) {
    this.say = say;
  }

  async start() {
    mkdirSync(join(this.folder, 'apps'));
    this.kafkaProxy = await this.#proxy(0);
    await this.startEngine('kafka');
    await this.startEngine('store');
    this.kafkaProxy.targetPort = this.#engines.kafka.proxiedPort;
    for (const name of APPS) (await this.addApp(name)).start();
    await Promise.all(this.apps.map((app) => app.ready(READY_MS_MAX)));
  }

  /** Starts the engine, or starts it again with the same data at the same address. */
  async startEngine(kind) {
    const before = this.#engines[kind];
    const where = { dataDir: join(this.folder, 'engines'), cacheDir, signal: this.#closing.signal };
    const port = before && portOf(before);
    if (before) this.engineRestarts += 1;
    const starting =
      kind === 'kafka'
        ? startKafka({ ...where, port, advertisedPort: this.kafkaProxy.port })
        : startStore({ ...where, port });
    this.#starting.add(starting);
    try {
      this.#engines[kind] = await starting;
    } finally {
      this.#starting.delete(starting);
    }
  }

  signalEngine(kind, signal) {
    process.kill(this.#engines[kind].pid, signal);
  }

  /** How often an app was started again. */
  get restarts() {
    return this.apps.reduce((sum, { restarts }) => sum + restarts, this.#endedRestarts);
  }

  /** Addresses that lead past the proxies, for the oracle. */
  get direct() {
    return { brokers: this.#engines.kafka.brokers, uri: this.#engines.store.uri };
  }

  async addApp(name) {
    const storeProxy = await this.#proxy(portOf(this.#engines.store));
    this.storeProxies.push(storeProxy);
    const env = {
      KAFKA_BROKERS: `127.0.0.1:${this.kafkaProxy.port}`,
      MONGODB_URI: `mongodb://127.0.0.1:${storeProxy.port}/?directConnection=true`,
      DOCSTREAM_DATA_DIR: join(this.folder, 'apps', name),
      DOCSTREAM_SESSION_TIMEOUT_MS: '6000',
      DOCSTREAM_STORE_TIMEOUT_MS: '5000',
    };
    const onEnd = (app, how) => this.say(`${app.name} ended (${how}), is started again`);
    const app = new App({ name, port: await freePort(), folder: join(this.folder, 'apps'), env, onEnd });
    this.apps.push(app);
    return app;
  }

  async removeApp(app) {
    const code = await app.stop();
    this.apps.splice(this.apps.indexOf(app), 1);
    this.#endedRestarts += app.restarts;
    return code;
  }

  /** Good networks, and every app serving. */
  async heal() {
    for (const proxy of this.#proxies) proxy.heal();
    await Promise.all(this.apps.map((app) => app.ready(HEALED_MS_MAX)));
  }

  async close({ keep }) {
    // What is about to start is called off, or is there to be stopped.
    this.#closing.abort();
    await Promise.allSettled([...this.#starting]);
    for (const proxy of this.#proxies) proxy.heal();
    await Promise.all(this.apps.map((app) => app.stop()));
    await Promise.all(Object.values(this.#engines).map((engine) => engine.stop()));
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }

  async #proxy(targetPort) {
    const proxy = await Proxy.open(targetPort);
    this.#proxies.push(proxy);
    return proxy;
  }
}

function portOf({ brokers, uri }) {
  return Number(/:(\d+)(\/|$)/.exec((brokers ?? uri).replace('mongodb://', ''))[1]);
}
