import { untilCommitted } from '../kafka.mjs';
import { measured } from './ingest-bulk.mjs';

const TIMEOUT_MS = 300_000;

/** From `ingestion-topic` to both sinks, exactly once, all summaries kept; against one upsert per line. */
export const processing = {
  name: 'processing',
  unit: 'lines/s',
  better: 'more',
  yardstickIs: 'raw driver, one upsert per line, batches of 1,000',
  bars: (store) => forStore(store, [8, 12], [3.5, 6]),
  ours: processingAlone,
  yardstick: (run) => writeLines(run, 'upsert', 'canonical'),
};

/** The same measurement against documents that are only inserted, which promises nothing. */
export const processingInsert = {
  name: 'processing-insert',
  unit: 'lines/s',
  better: 'more',
  yardstickIs: 'raw driver, unordered insertMany of one document per line, batches of 1,000',
  bars: (store) => forStore(store, [1, 2], [1, 2]),
  ours: processingAlone,
  yardstick: (run) => writeLines(run, 'insert', 'canonical'),
};

/** With the lines of 200 carts mixed. */
export const processingInterleaved = {
  name: 'processing-interleaved',
  unit: 'lines/s',
  better: 'more',
  yardstickIs: 'raw driver, one upsert per line in the same order, batches of 1,000',
  bars: (store) => (isDefault(store) ? { bar: { ratio: 5 }, aim: { ratio: 8 } } : { bar: {}, aim: {} }),
  ours: (run) => process(run, 'mixed'),
  yardstick: (run) => writeLines(run, 'upsert', 'mixed'),
};

/** What other figures of the same round are compared with as well, so it is measured once a round. */
export function processingAlone(run) {
  return run.once('processing', () => process(run, 'canonical'));
}

const isDefault = (store) => store === 'SecantusDB';

const forStore = (store, [bar, aim], [fasterBar, fasterAim]) =>
  isDefault(store)
    ? { bar: { ratio: bar }, aim: { ratio: aim } }
    : { bar: { ratio: fasterBar }, aim: { ratio: fasterAim } };

async function writeLines(run, mode, kind) {
  const { stage, sizes } = run;
  const names = stage.names();
  const { lines, yardstickSecondsMax: secondsMax } = sizes.processing;
  const file = await stage.data.file(kind, lines);
  const args = { uri: stage.uri, database: names.database, mode, file, lines, batch: 1_000, secondsMax };
  const result = await measured(run, 'write-lines', args, {});
  await stage.clear(names);
  return result;
}

/** The records are there before docstream starts; the clock runs from its first micro-batch to its last commit. */
async function process({ stage, sizes }, kind) {
  const names = stage.names();
  const { lines } = sizes.processing;
  await stage.createTopic(names.ingestionTopic);
  const file = await stage.data.file(kind, lines);
  const records = { brokers: stage.brokers, topic: names.ingestionTopic, file, lines, warmupLines: 0, batch: 500 };
  await stage.run('produce', records);
  return stage.sampled({}, async (sampler) => {
    const { toMs, startedAtMs } = await stage.withDocstream({ names, roles: 'processing' }, async (app) => {
      sampler.add('app', app.pid);
      return { toMs: await settledAt(stage, names, lines, app), startedAtMs: app.startedAtMs };
    });
    const { fromMs, batches } = await firstBatch(stage, names, lines);
    await stage.clear(names);
    const cost = sampler.cost(lines, fromMs, toMs);
    const details = { lines, batches, startMs: fromMs - startedAtMs };
    return { value: lines / ((toMs - fromMs) / 1000), ...cost, details, window: { fromMs, toMs } };
  });
}

/** The moment at which the Kafka sink, which commits last, had everything. */
export function settledAt(stage, names, lines, app) {
  const { groupId, ingestionTopic: topic } = names;
  return untilCommitted(stage.admin, { groupId, topic, records: lines, timeoutMs: TIMEOUT_MS, alive: app.alive });
}

/** When the first micro-batch began. Refuses a run that did not store every line: it would be fast for nothing. */
export async function firstBatch(stage, names, lines) {
  const batches = await stage.database(names.database).collection('batches').find().toArray();
  const stored = batches.reduce((sum, batch) => sum + batch.stored, 0);
  if (stored !== lines) throw new Error(`${stored} of ${lines} lines were stored`);
  return {
    fromMs: Math.min(...batches.map(({ at, durationMs }) => at.getTime() - durationMs)),
    batches: batches.length,
  };
}
