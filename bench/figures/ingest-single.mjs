import { median, spread } from '../statistics.mjs';

/** Posts of one line each over 50 connections: validated, and acknowledged by all in-sync replicas. */
export const ingestSingle = {
  name: 'ingest-single',
  unit: 'requests/s',
  better: 'more',
  yardstickIs: 'bare Fastify POST with JSON schemas',
  bars: () => ({ bar: { ratio: 0.5 }, aim: { ratio: 0.8 } }),

  ours: (run) => withIngest(run, (app) => postMany(run, { url: app.url, pids: { app: app.pid } })),

  yardstick: ({ stage, ...run }) =>
    stage.withServer('bare-fastify', {}, ({ answer, pid }) =>
      postMany({ stage, ...run }, { url: answer.url, pids: { app: pid } }),
    ),
};

/** The same by a single client that waits for each answer. */
export const ingestSingleLatency = {
  name: 'ingest-single-latency',
  unit: 'ms, p50',
  better: 'less',
  yardstickIs: 'one awaited kafkajs send, acks=all, idempotent',
  bars: () => ({ bar: { ratio: 2.0 }, aim: { ratio: 1.3 } }),

  ours: (run) =>
    withIngest(run, async (app) => {
      const { stage, sizes } = run;
      const file = await stage.data.file('ndjson', sizes.single.bodies);
      const { warmup, requests } = sizes.latency;
      return oneByOne(run, 'post-one-by-one', { url: app.url, file, warmup, requests }, { app: app.pid });
    }),

  async yardstick(run) {
    const { stage, sizes } = run;
    const names = stage.names();
    const { ingestionTopic: topic } = names;
    await stage.createTopic(topic);
    const file = await stage.data.file('canonical', sizes.single.bodies);
    const { warmup, requests } = sizes.latency;
    const args = { brokers: stage.brokers, topic, file, warmup, requests };
    const result = await oneByOne(run, 'send-one-by-one', args, {});
    await stage.clear(names);
    return result;
  },
};

/** Docstream that takes lines and does nothing else, on topics of its own. */
export async function withIngest({ stage }, work) {
  const names = stage.names();
  const result = await stage.withDocstream({ names, roles: 'ingest' }, work);
  await stage.clear(names);
  return result;
}

async function postMany({ stage, sizes }, { url, pids }) {
  const { connections, bodies, warmupSeconds, seconds } = sizes.single;
  const file = await stage.data.file('ndjson', bodies);
  return stage.sampled(pids, async (sampler) => {
    const args = { url, file, bodies, connections, warmupSeconds, seconds };
    const result = await stage.run('post-many', args, (pid) => sampler.add('client', pid));
    const { fromMs, toMs, count, perSecond, latency } = result;
    const cost = sampler.cost(count, fromMs, toMs);
    return { value: perSecond, ...cost, details: { latencyMs: latency }, window: { fromMs, toMs } };
  });
}

function oneByOne({ stage, sizes }, helper, args, pids) {
  return stage.sampled(pids, async (sampler) => {
    const { bodies } = sizes.single;
    const { fromMs, toMs, times } = await stage.run(helper, { ...args, bodies }, (pid) => sampler.add('client', pid));
    const cost = sampler.cost(times.length, fromMs, toMs);
    return { value: median(times), ...cost, details: spread(times), window: { fromMs, toMs } };
  });
}
