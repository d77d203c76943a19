import { firstBatch, processingAlone, settledAt } from './processing.mjs';

/** A CSV file over HTTP until both sinks have all of it, everything in one process; against processing alone. */
export const endToEnd = {
  name: 'end-to-end',
  unit: 'lines/s',
  better: 'more',
  yardstickIs: 'docstream, processing alone in the same round',
  bars: () => ({ bar: { ratio: 0.5 }, aim: { ratio: 0.7 } }),
  ours: fileToSettled,
  yardstick: processingAlone,
};

/** Measured once a round: what the process can take is what the load of other figures is a share of. */
export function fileToSettled(run) {
  return run.once('end-to-end', () => measure(run));
}

async function measure({ stage, sizes }) {
  const names = stage.names();
  const { lines } = sizes.processing;
  const file = await stage.data.file('csv', lines);
  return stage.sampled({}, async (sampler) => {
    const roles = 'ingest,processing,dashboard';
    const { sent, toMs } = await stage.withDocstream({ names, roles }, async (app) => {
      sampler.add('app', app.pid);
      const task = { url: app.url, file, format: 'csv', lines };
      const answered = await stage.run('post-bulk', task, (pid) => sampler.add('client', pid));
      return { sent: answered, toMs: await settledAt(stage, names, lines, app) };
    });
    const { fromMs } = sent;
    const { batches } = await firstBatch(stage, names, lines);
    await stage.clear(names);
    const cost = sampler.cost(lines, fromMs, toMs);
    const details = { lines, batches, answeredAfterMs: sent.toMs - fromMs, settledAfterMs: toMs - fromMs };
    return { value: lines / ((toMs - fromMs) / 1000), ...cost, details, window: { fromMs, toMs } };
  });
}
