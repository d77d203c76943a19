import { readFileSync } from 'node:fs';
import { median, randomFrom, spread } from '../statistics.mjs';
import { settledAt } from './processing.mjs';

/**
 * The slowest of the dashboard's pages, each asked for as a browser does, one after another, at rest. Which invoice, customer,
 * product and country is drawn by line, so that those come most often that people have most to do with.
 */
export const pages = {
  name: 'pages',
  unit: 'ms, p50 of the slowest page',
  better: 'less',
  yardstickIs: 'the same pages with a tenth of the lines',
  bars: () => ({ bar: { ratio: 1.5, ours: 20 }, aim: { ratio: 1.1 } }),
  ours: (run) => visit(run, run.sizes.pages.lines),
  yardstick: (run) => visit(run, run.sizes.pages.lines / 10),
};

const FIXED = { overview: '/dashboard', pipeline: '/dashboard/pipeline', 'dead letters': '/dashboard/dead-letters' };

function fourWeeks(month) {
  return `/dashboard?from=${month}-01&to=${month}-28`;
}

async function visit(run, lines) {
  const { stage, sizes } = run;
  const { warmup, samples } = sizes.pages;
  const names = stage.names();
  const csv = await stage.data.file('csv', lines);
  const canonical = await stage.data.file('canonical', lines);
  const items = readFileSync(canonical, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const random = randomFrom(run.round + 1);
  const anyOf = (rows) => rows[Math.floor(random() * rows.length)];
  const known = items.filter(({ CustomerID }) => CustomerID !== null);
  const months = [...new Set(items.map(({ InvoiceDate }) => InvoiceDate.slice(0, 'YYYY-MM'.length)))];
  const visits = Array.from({ length: warmup + samples }, () => ({
    ...FIXED,
    'four weeks': fourWeeks(anyOf(months)),
    invoice: `/dashboard/invoices/${anyOf(items).InvoiceNo}`,
    customer: `/dashboard/customers/${anyOf(known).CustomerID}`,
    product: `/dashboard/products/${encodeURIComponent(anyOf(items).StockCode)}`,
    country: `/dashboard/countries/${encodeURIComponent(anyOf(items).Country)}`,
  }));
  const result = await stage.withDocstream({ names, roles: 'ingest,processing,dashboard' }, async (app) => {
    const { url } = app;
    await stage.run('post-bulk', { url, file: csv, format: 'csv', lines });
    await settledAt(stage, names, lines, app);
    return stage.run('get-pages', { url, groups: visits.map((paths) => Object.values(paths)), warmup });
  });
  await stage.clear(names);
  const { times, sizes: bytes, fromMs, toMs } = result;
  const each = Object.keys(visits[0]).map((page, at) => {
    const took = times.map((visited) => visited[at]);
    return [page, { ...spread(took), bytes: median(bytes.map((visited) => visited[at])) }];
  });
  const value = Math.max(...each.map(([, { p50 }]) => p50));
  return { value, details: { lines, ...Object.fromEntries(each) }, window: { fromMs, toMs } };
}
