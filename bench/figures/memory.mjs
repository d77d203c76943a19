import { committedRecords } from '../kafka.mjs';
import { settledAt } from './processing.mjs';

const MEGABYTE = 1024 * 1024;

/**
 * Resident memory of the process over a long load, ingest and processing at once. What counts is the highest value
 * while the last tenth of the long load goes through, against the same number of lines at its beginning.
 */
export const memory = {
  name: 'memory',
  unit: 'MB resident, highest',
  better: 'less',
  yardstickIs: 'the same process early in the load',
  bars: () => ({ bar: { ratio: 1.15, ours: 300 }, aim: { ours: 200 } }),
  ours: async (run) => (await longLoad(run)).late,
  yardstick: async (run) => (await longLoad(run)).early,
};

function longLoad(run) {
  return run.once('memory', async () => {
    const { stage, sizes } = run;
    const names = stage.names();
    stage.leave(names);
    const { earlyLines, lateLines, requestLines, lagLinesMax } = sizes.memory;
    const file = await stage.data.file('ndjson', Math.min(200_000, earlyLines));
    const { brokers } = stage;
    const lag = { brokers, groupId: names.groupId, topic: names.ingestionTopic, linesMax: lagLinesMax };
    const roles = 'ingest,processing,dashboard';
    const result = await stage.withDocstream({ names, roles }, (app) =>
      stage.sampled({ app: app.pid }, async (sampler) => {
        const marks = markProgress(stage, names);
        try {
          const task = { url: app.url, file, format: 'ndjson', lines: lateLines, requestLines, lag };
          await stage.run('post-bulk', task);
          await settledAt(stage, names, lateLines, app);
        } finally {
          await marks.stop();
        }
        return evaluate(sampler.samples('app'), marks.list, { earlyLines, lateLines });
      }),
    );
    await stage.clearTopics(names);
    return result;
  });
}

/** Notes twice a second how many lines both sinks have. */
function markProgress(stage, { groupId, ingestionTopic }) {
  const list = [];
  let going = true;
  const loop = (async () => {
    while (going) {
      const lines = await committedRecords(stage.admin, groupId, ingestionTopic).catch(() => null);
      if (lines !== null) list.push({ at: Date.now(), lines });
      await new Promise((resume) => setTimeout(resume, 500));
    }
  })();
  return { list, stop: () => ((going = false), loop) };
}

function evaluate(samples, marks, { earlyLines, lateLines }) {
  if (samples.length === 0) throw new Error('the memory of a process can only be read where there is /proc');
  const at = (lines) => marks.find((mark) => mark.lines >= lines)?.at ?? samples.at(-1).at;
  const highest = (fromMs, toMs) => {
    // A mark is up to half a second late.
    const within = samples.filter((sample) => sample.at >= fromMs - 500 && sample.at <= toMs);
    return Math.max(...within.map(({ rssBytes }) => rssBytes)) / MEGABYTE;
  };
  // The first tenth of the early part is the start of the process, which is not what a long load is about.
  const early = { fromMs: at(earlyLines * 0.1), toMs: at(earlyLines) };
  const late = { fromMs: at(lateLines - earlyLines * 0.9), toMs: at(lateLines) };
  const curve = marks.filter((_, n) => n % Math.ceil(marks.length / 20) === 0);
  const overTime = curve.map(({ at: atMs, lines }) => [lines, Math.round(highest(atMs, atMs + 500))]);
  return {
    early: { value: highest(early.fromMs, early.toMs), details: { lines: earlyLines }, window: early },
    late: { value: highest(late.fromMs, late.toMs), details: { lines: lateLines, overTime }, window: late },
  };
}
