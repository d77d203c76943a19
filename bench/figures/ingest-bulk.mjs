import { withIngest } from './ingest-single.mjs';

/** Lines that are streamed in one request, validated, and acknowledged by all in-sync replicas. */
const bulkFigure = (name, format, bar, aim) => ({
  name,
  unit: 'lines/s',
  better: 'more',
  yardstickIs: 'raw kafkajs produce of the same messages, batches of 500, acks=all, idempotent',
  bars: () => ({ bar: { ratio: bar }, aim: { ratio: aim } }),

  ours: (run) =>
    withIngest(run, async ({ url, pid }) => {
      const { stage, sizes } = run;
      const { lines, warmupLines } = sizes.bulk;
      const file = await stage.data.file(format, lines);
      return measured(run, 'post-bulk', { url, file, format, lines, warmupLines }, { app: pid });
    }),

  async yardstick(run) {
    const { stage, sizes } = run;
    const names = stage.names();
    const { ingestionTopic: topic } = names;
    await stage.createTopic(topic);
    const { lines, warmupLines } = sizes.bulk;
    const file = await stage.data.file('canonical', lines);
    const args = { brokers: stage.brokers, topic, file, lines, warmupLines, batch: 500 };
    const result = await measured(run, 'produce', args, {});
    await stage.clear(names);
    return result;
  },
});

export const ingestBulkNdjson = bulkFigure('ingest-bulk-ndjson', 'ndjson', 0.6, 0.9);
export const ingestBulkCsv = bulkFigure('ingest-bulk-csv', 'csv', 0.5, 0.8);

/** Runs a helper that reports how many lines went through in which time. */
export function measured({ stage }, helper, args, pids) {
  return stage.sampled(pids, async (sampler) => {
    const { fromMs, toMs, count, perSecond } = await stage.run(helper, args, (pid) => sampler.add('client', pid));
    const cost = sampler.cost(count, fromMs, toMs);
    return { value: perSecond, ...cost, details: { lines: count }, window: { fromMs, toMs } };
  });
}
