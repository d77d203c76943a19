import { median, rounded } from './statistics.mjs';

/**
 * Measures every figure in every round, docstream and its yardstick next to each other; which of them goes first
 * alternates, so that a machine that gets warmer or busier favours neither. A figure that fails is left out of the later
 * rounds and has `failed`. Resolves with the figures by name.
 */
export async function measureRounds({ stage, sizes, figures, rounds, store, say }) {
  const results = new Map(figures.map((figure) => [figure, { ours: [], yardstick: [], failed: null }]));
  const forAll = new Map();
  for (let round = 0; round < rounds; round += 1) {
    const run = newRun({ stage, sizes, round, forAll });
    for (const figure of figures) {
      const result = results.get(figure);
      if (result.failed !== null) continue;
      const startedAt = performance.now();
      try {
        await measureFigure(figure, run, result);
        const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
        const [ours, yardstick] = [result.ours.at(-1).value, result.yardstick.at(-1).value].map(rounded);
        say(`round ${round + 1}  ${figure.name}: ${ours} against ${yardstick} ${figure.unit} (${seconds} s)`);
      } catch (error) {
        if (stage.closed) throw error;
        result.failed = error.message;
        say(`round ${round + 1}  ${figure.name} failed: ${error.message}`);
      }
    }
  }
  const named = figures.map((figure) => [figure.name, summary(figure, results.get(figure), store)]);
  return Object.fromEntries(named);
}

/** What a figure may use: `once` remembers a measurement for its round, `onceForAll` for the whole run. */
export function newRun({ stage, sizes, round, forAll }) {
  const remember = (memory) => (key, work) => {
    if (!memory.has(key)) memory.set(key, work());
    return memory.get(key);
  };
  return { stage, sizes, round, once: remember(new Map()), onceForAll: remember(forAll) };
}

async function measureFigure(figure, run, result) {
  const sides = run.round % 2 === 0 ? ['yardstick', 'ours'] : ['ours', 'yardstick'];
  const measured = {};
  for (const side of sides) {
    await run.stage.calm(run.sizes.calmMsMax);
    measured[side] = await figure[side](run);
  }
  for (const side of sides) result[side].push(measured[side]);
}

function summary(figure, { ours, yardstick, failed }, store) {
  const { unit, better, yardstickIs } = figure;
  const { bar, aim } = figure.bars(store);
  const ratios = ours.map(({ value }, round) => value / yardstick[round].value);
  const values = (side) => side.map(({ value }) => rounded(value));
  const bySide = (name) => ({
    ours: ours.map((measured) => measured[name] ?? null),
    yardstick: yardstick.map((measured) => measured[name] ?? null),
  });
  const ratio = {
    min: rounded(Math.min(...ratios)),
    median: rounded(median(ratios)),
    max: rounded(Math.max(...ratios)),
  };
  const found = { ratio: median(ratios), ours: median(ours.map(({ value }) => value)) };
  return {
    unit,
    ours: values(ours),
    yardstick: values(yardstick),
    ratio,
    better,
    yardstickIs,
    bar,
    aim,
    meetsBar: meets(bar, found, better),
    meetsAim: meets(aim, found, better),
    cpuMicroseconds: bySide('cpu'),
    othersCores: bySide('othersCores'),
    details: bySide('details'),
    ...(failed === null ? {} : { failed }),
  };
}

/** `limits` holds a `ratio`, a limit for `ours`, or both; null where there is none, or nothing was measured. */
function meets(limits, found, better) {
  const names = Object.keys(limits);
  if (names.length === 0 || Number.isNaN(found.ours)) return null;
  return names.every((name) => (better === 'more' ? found[name] >= limits[name] : found[name] <= limits[name]));
}
