/** CPU of the process while nothing happens. */
export const idleCpu = {
  name: 'idle-cpu',
  unit: '% of a core',
  better: 'less',
  yardstickIs: 'bare Fastify, kafkajs consumer and MongoDB driver in one process, defaults',
  bars: () => ({ bar: { ours: 2 }, aim: { ours: 0.5 } }),

  async ours(run) {
    const { stage } = run;
    const names = stage.names();
    const roles = 'ingest,processing,dashboard';
    const result = await stage.withDocstream({ names, roles }, ({ pid }) => idle(run, pid));
    await stage.clear(names);
    return result;
  },

  async yardstick(run) {
    const { stage } = run;
    const names = stage.names();
    const { ingestionTopic: topic, database } = names;
    await stage.createTopic(topic);
    const args = { brokers: stage.brokers, topic, uri: stage.uri, database };
    const result = await stage.withServer('bare-consumer', args, ({ pid }) => idle(run, pid));
    await stage.clear(names);
    return result;
  },
};

async function idle({ stage, sizes }, pid) {
  const { settleSeconds, seconds } = sizes.idle;
  const pause = (duration) => new Promise((resume) => setTimeout(resume, duration * 1000));
  await pause(settleSeconds);
  return stage.sampled({ app: pid }, async (sampler) => {
    const fromMs = Date.now();
    await pause(seconds);
    const toMs = Date.now();
    const { app, ...engines } = sampler.cpuSeconds(fromMs, toMs);
    if (app === undefined || app === null)
      throw new Error('the CPU of a process can only be read where there is /proc');
    const share = (used) => (used === null ? null : (used / ((toMs - fromMs) / 1000)) * 100);
    const details = Object.fromEntries(Object.entries(engines).map(([role, used]) => [`${role}Percent`, share(used)]));
    return { value: share(app), details, window: { fromMs, toMs } };
  });
}
