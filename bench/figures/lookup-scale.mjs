import { median, randomFrom, spread } from '../statistics.mjs';

const LINES_EACH = 20;
const INVOICES_EACH = 8;

/** A random invoice's page, then a random customer's: the sum of both medians, in a large store against a small one. */
export const lookupScale = {
  name: 'lookup-scale',
  unit: 'ms, invoice page + customer page, p50',
  better: 'less',
  yardstickIs: 'the same pages of a small store',
  bars: () => ({ bar: { ratio: 1.5 }, aim: { ratio: 1.1 } }),
  ours: (run) => lookUp(run, run.sizes.lookup.largeLines),
  yardstick: (run) => lookUp(run, run.sizes.lookup.smallLines),
};

async function lookUp(run, lines) {
  const { stage, sizes } = run;
  const { names, invoices, customers } = await seeded(run, lines);
  const { warmup, samples } = sizes.lookup;
  const random = randomFrom(run.round + 1);
  const groups = Array.from({ length: warmup + samples }, () => [
    `/dashboard/invoices/${1_000_000 + Math.floor(random() * invoices)}`,
    `/dashboard/customers/${10_000 + Math.floor(random() * customers)}`,
  ]);
  return stage.withDocstream({ names, roles: 'dashboard' }, async ({ url }) => {
    const { times, fromMs, toMs } = await stage.run('get-pages', { url, groups, warmup });
    const [invoice, customer] = [0, 1].map((at) => times.map((pair) => pair[at]));
    const details = { lines, invoice: spread(invoice), customer: spread(customer) };
    return { value: median(invoice) + median(customer), details, window: { fromMs, toMs } };
  });
}

/** Seeded once for all rounds; docstream makes the collections and indexes before that. */
function seeded(run, lines) {
  return run.onceForAll(`lookup-${lines}`, async () => {
    const { stage } = run;
    const names = stage.names();
    const invoices = Math.ceil(lines / LINES_EACH);
    const { database } = names;
    stage.leave(names);
    await stage.withDocstream({ names, roles: 'dashboard' }, () => Promise.resolve());
    const task = { uri: stage.uri, database, invoices, linesEach: LINES_EACH, invoicesEach: INVOICES_EACH };
    const { customers } = await stage.run('seed-invoices', task);
    return { names, invoices, customers };
  });
}
