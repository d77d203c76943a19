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
  yardstickIs: 'one raw kafkajs send + one raw fetch + one raw transaction, at rest as well (sum of the medians)',
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
    const args = { brokers: stage.brokers, topic, uri: stage.uri, database, file, ...sizes.rest };
    const { atRest, backToBack } = await stage.run('raw-steps', args);
    await stage.clear(names);
    const details = { ...stepsOf(atRest), backToBack: stepsOf(backToBack) };
    return { value: details.sumOfMedians, details };
  },
};

function stepsOf({ send, fetch, transaction }) {
  const sumOfMedians = median(send) + median(fetch) + median(transaction);
  return { sumOfMedians, send: spread(send), fetch: spread(fetch), transaction: spread(transaction) };
}

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

/** From the answer to a post until the line is in the API, at half of what the process can take and at rest. */
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
  const { preloadLines, seconds, spareSeconds, share, watch } = sizes.load;
  const { url } = app;
  const file = await stage.data.file('csv', preloadLines);
  await stage.run('post-bulk', { url, file, format: 'csv', lines: preloadLines });
  let stored = preloadLines;
  const settled = () => settledAt(stage, names, stored, app);
  await settled();
  const watched = async () => {
    const found = await seen({ stage, app, watch, firstNo: stored });
    stored += found.posts;
    return found;
  };
  const rest = await pages(stage, sizes, app, sampler);
  const visibleAtRest = await watched();

  // Carts of new customers: the invoices of the lines before get no more of them.
  let firstLine = preloadLines;
  /** The work while lines come in at so many a second, for so long; it fails when the load is not that, or is over before. */
  const underLoad = async (perSecond, forSeconds, work) => {
    // A tenth of a second in each request: a stream of cashiers rather than one large file.
    const requestLines = Math.ceil(perSecond / 10);
    const lines = Math.ceil((perSecond * (forSeconds + spareSeconds)) / requestLines) * requestLines;
    const more = await stage.data.file('ndjson', preloadLines);
    const task = { url, file: more, format: 'ndjson', lines, firstLine, requestLines, perSecond };
    firstLine += Math.ceil(lines / preloadLines) * preloadLines;
    const loading = stage.run('post-bulk', task, (pid) => sampler.add('client', pid));
    loading.catch(() => undefined);
    await new Promise((resume) => setTimeout(resume, 1_000));
    const found = await work();
    const sent = await loading;
    stored += lines;
    if (sent.perSecond < LOAD_SHARE_MIN * perSecond) {
      const rates = `${sent.perSecond.toFixed(0)} of ${perSecond.toFixed(0)}`;
      throw new Error(`only ${rates} lines/s were sent: that is not the load`);
    }
    if (found.window.toMs > sent.toMs) throw new Error('the load was over before all was measured under it');
    const settledAfterMs = (await settled()) - sent.toMs;
    const linesPerSecond = { capacity, offered: perSecond, taken: sent.perSecond, settledAfterMs };
    return { ...found, details: { ...found.details, linesPerSecond } };
  };
  const loaded = await underLoad(capacity * share, seconds, () => pages(stage, sizes, app, sampler));
  const visibleLoaded = await underLoad(capacity * watch.share, watch.seconds, watched);
  return { rest, visibleAtRest, loaded, visibleLoaded };
}

/** Lines posted one after another, and how long each takes until the API has it. */
async function seen({ stage, app: { url }, watch, firstNo }) {
  const file = await stage.data.file('ndjson', 1_000);
  const { visible, whole, posts, fromMs, toMs } = await stage.run('post-and-watch', { url, file, ...watch, firstNo });
  const details = { ...spread(visible), withThePost: spread(whole) };
  return { value: median(visible), details, posts, window: { fromMs, toMs } };
}

async function pages(stage, sizes, { url }, sampler) {
  const { warmup, seconds, pagesPerSecond: perSecond } = sizes.load;
  const groups = Array.from({ length: warmup + seconds * perSecond }, () => ['/dashboard']);
  const { times, fromMs, toMs } = await stage.run('get-pages', { url, groups, warmup, perSecond });
  const flat = times.flat();
  const cost = sampler.cost(flat.length, fromMs, toMs);
  return { value: percentile(flat, 0.99), ...cost, details: spread(flat), window: { fromMs, toMs } };
}
