import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startEngines } from '../dist/engines/index.js';
import { BenchData } from './data.mjs';
import { startDocstream } from './docstream.mjs';
import { runHelper, serveHelper, startProgram } from './helper-process.mjs';
import { createTopic, kafkaClient } from './kafka.mjs';
import { readProcess, Sampler } from './sampler.mjs';

const cacheDir = join(import.meta.dirname, '..', '.docstream', 'cache');
const CALM_INTERVAL_MS = 400;
/** What both engines use while nothing happens, and then some. */
const CALM_CORES = 0.15;
const partitions = Number(process.env.DOCSTREAM_PARTITIONS ?? 3);

/**
 * Where figures are measured: a Kafka and a store of its own in a temporary folder (or those that KAFKA_BROKERS and
 * MONGODB_URI name), and the processes of the measurement, which all end with `close()`.
 */
export async function openStage({ say, signal }) {
  const folder = mkdtempSync(join(tmpdir(), 'docstream-bench-'));
  mkdirSync(join(folder, 'data'));
  try {
    const stage = new Stage(folder, await engines({ folder, say, signal }));
    await stage.connect().catch(async (error) => {
      await stage.close();
      throw error;
    });
    return stage;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function engines({ folder, say, signal }) {
  const brokers = process.env.KAFKA_BROKERS || undefined;
  const uri = process.env.MONGODB_URI || undefined;
  const steps = [];
  const onStep = (text) => void (steps.push(text), say(text));
  const dataDir = join(folder, 'engines');
  const own = await startEngines({ dataDir, cacheDir, kafka: !brokers, store: !uri, onStep, signal });
  return {
    brokers: brokers ?? own.kafka.brokers,
    uri: uri ?? own.store.uri,
    pids: { kafka: own.kafka?.pid, store: own.store?.pid },
    names: {
      kafka: nameIn(steps, /^(Kafka \S+)/) ?? 'Kafka given by KAFKA_BROKERS',
      store: nameIn(steps, /^store \(([^)]+)\)/),
    },
    stop: () => own.stop(),
  };
}

const nameIn = (steps, pattern) => steps.map((step) => pattern.exec(step)?.[1]).find((name) => name !== undefined);

class Stage {
  #processes = new Set();
  #engines;
  #mongo;

  constructor(folder, engines) {
    this.folder = folder;
    this.cacheDir = cacheDir;
    this.#engines = engines;
    this.brokers = engines.brokers;
    this.uri = engines.uri;
    this.kafkaName = engines.names.kafka;
    this.data = new BenchData(join(folder, 'data'));
    this.admin = kafkaClient(engines.brokers).admin();
    this.#mongo = new MongoClient(engines.uri);
    /** Set to a folder: docstream runs under the CPU profiler, which leaves its profile there. */
    this.profileFolder = null;
    /** Hears of each docstream that serves. */
    this.onDocstream = () => undefined;
    this.closed = false;
  }

  async connect() {
    await Promise.all([this.admin.connect(), this.#mongo.connect()]);
  }

  database(name) {
    return this.#mongo.db(name);
  }

  /** Name and version of the store: what was started, or what the one that MONGODB_URI names says that it is. */
  async describeStore() {
    const { version, secantusVersion } = await this.#mongo.db('admin').command({ buildInfo: 1 });
    const said = secantusVersion === undefined ? 'mongod' : 'SecantusDB';
    return { engine: this.#engines.names.store ?? said, version: secantusVersion ?? version };
  }

  /** Topics, a group and a database that no other measurement has. */
  names() {
    const id = `bench-${randomUUID().slice(0, 8)}`;
    return {
      ingestionTopic: `${id}-in`,
      outputTopic: `${id}-out`,
      deadLetterTopic: `${id}-dead`,
      groupId: `${id}-group`,
      database: id,
    };
  }

  createTopic(topic, count = partitions) {
    return createTopic(this.admin, topic, count);
  }

  /** Removes what a measurement has left, so that the next one finds the engines as it did. */
  async clear({ ingestionTopic, outputTopic, deadLetterTopic, database }) {
    const existing = new Set(await this.admin.listTopics());
    const topics = [ingestionTopic, outputTopic, deadLetterTopic].filter((topic) => existing.has(topic));
    if (topics.length > 0) await this.admin.deleteTopics({ topics });
    await this.#mongo.db(database).dropDatabase();
  }

  /** Waits until the engines have done what the last measurement left them to do, or the time is over. */
  async calm(msMax) {
    const pids = Object.values(this.#engines.pids).filter((pid) => pid !== undefined);
    const used = () => pids.reduce((sum, pid) => sum + (readProcess(pid)?.cpuSeconds ?? 0), 0);
    let before = used();
    for (const deadline = Date.now() + msMax; Date.now() < deadline;) {
      await new Promise((resume) => setTimeout(resume, CALM_INTERVAL_MS));
      const now = used();
      if (((now - before) * 1000) / CALM_INTERVAL_MS < CALM_CORES) return;
      before = now;
    }
  }

  /** Does `work` with a sampler of the engines and of the given processes. */
  async sampled(pids, work) {
    const sampler = new Sampler({ ...this.#engines.pids, ...pids });
    try {
      return await work(sampler);
    } finally {
      sampler.stop();
    }
  }

  /** Starts docstream for `work` and stops it after that, whatever happens. */
  async withDocstream({ names, roles }, work) {
    const { brokers, uri, folder, profileFolder } = this;
    const app = await startDocstream({ brokers, uri, folder, names, roles, profileFolder, onStart: this.#onStart });
    this.onDocstream(app);
    try {
      return await work(app);
    } finally {
      await app.stop();
    }
  }

  /** Starts a program for `work`, which gets its pid, and stops it after that. */
  async withProgram(command, args, env, work) {
    const running = startProgram(command, args, { cwd: this.folder, env: { ...process.env, ...env } });
    this.#onStart(running);
    try {
      return await work(running);
    } finally {
      await running.stop();
    }
  }

  /** Starts `processes/NAME.mjs` for `work`, which gets its first answer and its pid, and stops it after that. */
  async withServer(name, args, work) {
    const server = await serveHelper(name, args, { cwd: this.folder, onStart: this.#onStart });
    try {
      return await work(server);
    } finally {
      await server.stop();
    }
  }

  /** Runs `processes/NAME.mjs` and resolves with its result; `onPid` hears its pid, for a sampler. */
  run(name, args, onPid) {
    const onStart = (helper) => {
      this.#onStart(helper);
      onPid?.(helper.pid);
    };
    return runHelper(name, args, { cwd: this.folder, onStart });
  }

  /** Ends every process and removes every file. */
  async close() {
    this.closed = true;
    await Promise.all([...this.#processes].map((running) => running.stop()));
    await Promise.allSettled([this.admin.disconnect(), this.#mongo.close()]);
    await this.#engines.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #onStart = (running) => {
    this.#processes.add(running);
    const forget = () => this.#processes.delete(running);
    running.exited.then(forget, forget);
  };
}
