import { median, spread } from '../statistics.mjs';

const BY_HAND = 'a Fastify route with JSON schemas that awaits one kafkajs send, acks=all';

/** Posts of one line each over 50 connections: validated, and acknowledged by all in-sync replicas. */
export const ingestSingle = {
  name: 'ingest-single',
  unit: 'requests/s',
  better: 'more',
  yardstickIs: 'bare Fastify POST with JSON schemas',
  bars: () => ({ bar: { ratio: 0.5 }, aim: { ratio: 0.8 } }),

  ours: single,
  yardstick: (run) => run.stage.withServer('bare-fastify', {}, ({ answer, pid }) => postMany(run, answer.url, pid)),
};

/** The same posts beside what one writes by hand, which promises less. */
export const ingestSingleByHand = {
  name: 'ingest-single-by-hand',
  unit: 'requests/s',
  better: 'more',
  yardstickIs: BY_HAND,
  bars: () => ({ bar: { ratio: 1 }, aim: { ratio: 3 } }),
  ours: single,
  yardstick: (run) => withKafka(run, 'fastify-send', ({ url, pid }) => postMany(run, url, pid)),
};

/** The same posts beside the least that makes the same promise: what is left is what a post costs besides. */
export const ingestSingleJoined = {
  name: 'ingest-single-joined',
  unit: 'requests/s',
  better: 'more',
  yardstickIs: 'a Fastify route with JSON schemas whose posts join one idempotent kafkajs send in flight, acks=all',
  bars: () => ({ bar: { ratio: 0.8 }, aim: { ratio: 1 } }),
  ours: single,
  yardstick: (run) => withKafka(run, 'fastify-joined', ({ url, pid }) => postMany(run, url, pid)),
};

/** The same by a single client that waits for each answer. */
export const ingestSingleLatency = {
  name: 'ingest-single-latency',
  unit: 'ms, p50',
  better: 'less',
  yardstickIs: 'one awaited kafkajs send, acks=all, idempotent',
  bars: () => ({ bar: { ratio: 2.0 }, aim: { ratio: 1.3 } }),

  ours: singleLatency,

  async yardstick(run) {
    const { stage, sizes } = run;
    const file = await stage.data.file('canonical', sizes.single.bodies);
    return withTopic(stage, (kafka) => {
      return oneByOne(run, 'send-one-by-one', { ...kafka, file, ...sizes.latency }, {});
    });
  },
};

/** The same beside what one writes by hand. */
export const ingestSingleLatencyByHand = {
  name: 'ingest-single-latency-by-hand',
  unit: 'ms, p50',
  better: 'less',
  yardstickIs: BY_HAND,
  bars: () => ({ bar: { ratio: 1.5 }, aim: { ratio: 1 } }),
  ours: singleLatency,
  yardstick: (run) => withKafka(run, 'fastify-send', ({ url, pid }) => postOneByOne(run, url, pid)),
};

/** Both are compared more than once, and measured once a round. */
function single(run) {
  return run.once('ingest-single', () => withIngest(run, ({ url, pid }) => postMany(run, url, pid)));
}

function singleLatency(run) {
  return run.once('ingest-single-latency', () => withIngest(run, ({ url, pid }) => postOneByOne(run, url, pid)));
}

/** A server that sends what is posted to a topic of its own. */
function withKafka({ stage }, server, work) {
  return withTopic(stage, (kafka) =>
    stage.withServer(server, kafka, ({ answer, pid }) => work({ url: answer.url, pid })),
  );
}

/** A topic of its own for what a yardstick sends. */
async function withTopic(stage, work) {
  const names = stage.names();
  const { ingestionTopic: topic } = names;
  await stage.createTopic(topic);
  const result = await work({ brokers: stage.brokers, topic });
  await stage.clear(names);
  return result;
}

/** Docstream that takes lines and does nothing else, on topics of its own. */
export async function withIngest({ stage }, work) {
  const names = stage.names();
  const result = await stage.withDocstream({ names, roles: 'ingest' }, work);
  await stage.clear(names);
  return result;
}

async function postMany({ stage, sizes }, url, pid) {
  const { connections, bodies, warmupSeconds, seconds } = sizes.single;
  const file = await stage.data.file('ndjson', bodies);
  return stage.sampled({ app: pid }, async (sampler) => {
    const args = { url, file, bodies, connections, warmupSeconds, seconds };
    const result = await stage.run('post-many', args, (pid) => sampler.add('client', pid));
    const { fromMs, toMs, count, perSecond, latency } = result;
    const cost = sampler.cost(count, fromMs, toMs);
    return { value: perSecond, ...cost, details: { latencyMs: latency }, window: { fromMs, toMs } };
  });
}

async function postOneByOne(run, url, pid) {
  const { stage, sizes } = run;
  const file = await stage.data.file('ndjson', sizes.single.bodies);
  return oneByOne(run, 'post-one-by-one', { url, file, ...sizes.latency }, { app: pid });
}

function oneByOne({ stage, sizes }, helper, args, pids) {
  return stage.sampled(pids, async (sampler) => {
    const { bodies } = sizes.single;
    const { fromMs, toMs, times } = await stage.run(helper, { ...args, bodies }, (pid) => sampler.add('client', pid));
    const cost = sampler.cost(times.length, fromMs, toMs);
    return { value: median(times), ...cost, details: spread(times), window: { fromMs, toMs } };
  });
}
