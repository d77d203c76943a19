import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { BenchData } from './data.mjs';
import { startDocstream } from './docstream.mjs';
import { cacheDir } from './engines.mjs';
import { runHelper, serveHelper, startProgram } from './helper-process.mjs';
import { createTopic, kafkaClient } from './kafka.mjs';
import { readProcess, Sampler } from './sampler.mjs';

const CALM_INTERVAL_MS = 400;
/** What both engines use while nothing happens, and then some. */
const CALM_CORES = 0.15;
const partitions = Number(process.env.DOCSTREAM_PARTITIONS ?? 3);

/** The engines of a measurement and its processes, which all end with `close()`. `openStage` makes one. */
export class Stage {
  #processes = new Set();
  #left = [];
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
  async clear(names) {
    await this.clearTopics(names);
    await this.#drop(names);
  }

  /**
   * Has this removed when the stage closes, by hand only where engines go on after that: the local store takes longer to
   * drop millions of lines than to take them in, and its folder goes at once.
   */
  leave(names) {
    this.#left.push(names);
  }

  async clearTopics({ ingestionTopic, outputTopic, deadLetterTopic }) {
    const existing = new Set(await this.admin.listTopics());
    const topics = [ingestionTopic, outputTopic, deadLetterTopic].filter((topic) => existing.has(topic));
    if (topics.length > 0) await this.admin.deleteTopics({ topics });
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
    const { kafka, store } = this.#engines.pids;
    for (const names of this.#left) {
      if (kafka === undefined) await this.clearTopics(names).catch(() => undefined);
      if (store === undefined) await this.#drop(names).catch(() => undefined);
    }
    await Promise.allSettled([this.admin.disconnect(), this.#mongo.close()]);
    await this.#engines.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #drop({ database }) {
    return this.#mongo.db(database).dropDatabase();
  }

  #onStart = (running) => {
    this.#processes.add(running);
    const forget = () => this.#processes.delete(running);
    running.exited.then(forget, forget);
  };
}
