import { median, percentile, spread } from '../statistics.mjs';
import { fileToSettled } from './end-to-end.mjs';
import { settledAt } from './processing.mjs';

const ROLES = 'ingest,processing,dashboard';
/** Of the lines that are due: a client that falls behind makes pages look fast. */
const LOAD_SHARE_MIN = 0.95;

/** From the answer to a post until the line is in the API, nothing else going on. */
export const latencyRest = {
  name: 'latency-rest',
  unit: 'ms, p50',
  better: 'less',
  yardstickIs: 'one raw kafkajs send + one raw fetch + one raw transaction (sum of the medians)',
  bars: () => ({ bar: { ratio: 2.5 }, aim: { ratio: 1.5 } }),

  async ours({ stage, sizes }) {
    const names = stage.names();
    const file = await stage.data.file('ndjson', 1_000);
    const result = await stage.withDocstream({ names, roles: ROLES }, ({ url, pid }) =>
      stage.sampled({ app: pid }, async (sampler) => {
        const watched = await stage.run('post-and-watch', { url, file, ...sizes.rest });
        const { fromMs, toMs, visible } = watched;
        return { ...watched, ...sampler.cost(visible.length, fromMs, toMs) };
      }),
    );
    await stage.clear(names);
    const { visible, whole, polls, cpu, othersCores, fromMs, toMs } = result;
    const details = { ...spread(visible), withThePost: spread(whole), pollsEach: polls };
    return { value: median(visible), cpu, othersCores, details, window: { fromMs, toMs } };
  },

  async yardstick({ stage, sizes }) {
    const names = stage.names();
    const { ingestionTopic: topic, database } = names;
    // One partition, so that the records that are fetched one by one lie one after another.
    await stage.createTopic(topic, 1);
    const file = await stage.data.file('canonical', 1_000);
    const { warmup, samples } = sizes.rest;
    const args = { brokers: stage.brokers, topic, uri: stage.uri, database, file, warmup, samples };
    const { send, fetch, transaction } = await stage.run('raw-steps', args);
    await stage.clear(names);
    const details = { send: spread(send), fetch: spread(fetch), transaction: spread(transaction) };
    return { value: median(send) + median(fetch) + median(transaction), details };
  },
};

/** The dashboard's first page while lines come in at 80 % of what the process can take, against the same page at rest. */
export const latencyLoad = {
  name: 'latency-load',
  unit: 'ms, p99',
  better: 'less',
  yardstickIs: 'the same page of the same process at rest',
  bars: () => ({ bar: { ratio: 5 }, aim: { ratio: 2 } }),
  ours: async (run) => (await restAndLoad(run)).loaded,
  yardstick: async (run) => (await restAndLoad(run)).rest,
};

/** From the answer to a post until the line is in the API, under the same load and at rest. */
export const latencyLoadVisible = {
  name: 'latency-load-visible',
  unit: 'ms, p50',
  better: 'less',
  yardstickIs: 'the same line of the same process at rest',
  bars: () => ({ bar: {}, aim: {} }),
  ours: async (run) => (await restAndLoad(run)).visibleLoaded,
  yardstick: async (run) => (await restAndLoad(run)).visibleAtRest,
};

/** One process gives all of it: at rest it holds what it holds under load. */
function restAndLoad(run) {
  return run.once('latency-load', async () => {
    const { stage, sizes } = run;
    const capacity = (await fileToSettled(run)).value;
    const names = stage.names();
    const result = await stage.withDocstream({ names, roles: ROLES }, (app) =>
      stage.sampled({ app: app.pid }, (sampler) => measure({ stage, sizes, names, app, sampler, capacity })),
    );
    await stage.clear(names);
    return result;
  });
}

async function measure({ stage, sizes, names, app, sampler, capacity }) {
  const { preloadLines, seconds, share, watch: watched } = sizes.load;
  const { url } = app;
  const file = await stage.data.file('csv', preloadLines);
  await stage.run('post-bulk', { url, file, format: 'csv', lines: preloadLines });
  await settledAt(stage, names, preloadLines, app);
  const rest = await pages(stage, sizes, app, sampler);
  const single = await stage.data.file('ndjson', 1_000);
  let posted = 0;
  const watch = async () => {
    const args = { url, file: single, ...watched, firstNo: posted };
    const { visible, whole, posts } = await stage.run('post-and-watch', args);
    posted += posts;
    return { value: median(visible), details: { ...spread(visible), withThePost: spread(whole) } };
  };
  const visibleAtRest = await watch();

  const perSecond = capacity * share;
  // A tenth of a second in each request: a stream of cashiers rather than one large file.
  const requestLines = Math.ceil(perSecond / 10);
  const lines = Math.ceil((perSecond * (seconds + watched.seconds + 2)) / requestLines) * requestLines;
  const more = await stage.data.file('ndjson', preloadLines);
  const task = { url, file: more, format: 'ndjson', lines, requestLines, perSecond };
  const loading = stage.run('post-bulk', task, (pid) => sampler.add('client', pid));
  loading.catch(() => undefined);
  await new Promise((resume) => setTimeout(resume, 1_000));
  const loaded = await pages(stage, sizes, app, sampler);
  const visibleLoaded = await watch();
  const sent = await loading;
  if (sent.perSecond < LOAD_SHARE_MIN * perSecond) {
    throw new Error(
      `only ${sent.perSecond.toFixed(0)} of ${perSecond.toFixed(0)} lines/s were sent: that is not the load`,
    );
  }
  const settled = await settledAt(stage, names, preloadLines + lines + posted, app);
  const offered = { capacity, offered: perSecond, taken: sent.perSecond, settledAfterMs: settled - sent.toMs };
  return {
    ...{ rest, visibleAtRest, visibleLoaded },
    loaded: { ...loaded, details: { ...loaded.details, linesPerSecond: offered } },
  };
}

async function pages(stage, sizes, { url }, sampler) {
  const { warmup, seconds, pagesPerSecond: perSecond } = sizes.load;
  const groups = Array.from({ length: warmup + seconds * perSecond }, () => ['/dashboard']);
  const { times, fromMs, toMs } = await stage.run('get-pages', { url, groups, warmup, perSecond });
  const flat = times.flat();
  const cost = sampler.cost(flat.length, fromMs, toMs);
  return { value: percentile(flat, 0.99), ...cost, details: spread(flat), window: { fromMs, toMs } };
}
