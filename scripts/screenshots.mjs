// npm run screenshots: pictures of every page, desktop and phone, light and dark, of a shop that is made up for them.
//   npm run screenshots -- [--out DIR] [--only NAME,...] [--url URL of a running instance, which is shown as it is]
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir, loadEngines, root } from './engines.mjs';
import { atFirstSignal } from './first-signal.mjs';
import { setUp } from './setup.mjs';

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const SEED = 7;
const DAYS = 320;
const CARTS_A_DAY = 7;
const DAY_MS = 86_400_000;
const NEVER_STORED = 'no-such-page';
let typed = '';

const { values } = parseArgs({
  options: { out: { type: 'string' }, only: { type: 'string' }, url: { type: 'string' } },
});
const out = values.out ?? join(root, '.docstream', 'screenshots');
mkdirSync(out, { recursive: true });

/** What was started, and has to be ended before this process is. */
const started = [];
const stop = new AbortController();
atFirstSignal(() => {
  stop.abort();
  void endAll().finally(() => process.exit(130));
});
try {
  await takeAll(values.url === undefined ? await startShop() : { url: values.url });
} catch (error) {
  // Where all that it needs is ended, it fails, and that is no failure.
  if (stop.signal.aborted) await new Promise(() => undefined);
  throw error;
} finally {
  if (!stop.signal.aborted) await endAll();
}
process.exit();

async function endAll() {
  for (const end of started.splice(0).reverse()) await end();
}

/** Every page in every dress; while they are taken, the shop goes on selling. */
async function takeAll({ url, emptyUrl, sell }) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-quic'] });
  const pages = Object.entries(await addressesOf(url, emptyUrl));
  const only = values.only?.split(',');
  const selling = sell?.();
  try {
    for (const colorScheme of ['light', 'dark']) {
      for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
        const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
        const page = await context.newPage();
        for (const [name, address] of pages) {
          if (only !== undefined && !only.includes(name)) continue;
          // The font is optional: it is there for certain when the page is shown a second time.
          await page.goto(address);
          await page.goto(address);
          await page.evaluate('document.fonts.ready');
          if (name === 'pipeline') await page.locator('.spark path:not([d=""])').first().waitFor({ state: 'attached' });
          if (name === 'search') await suggest(page);
          const path = join(out, `${name}-${device}-${colorScheme}.png`);
          await page.screenshot({ path, fullPage: name !== 'search' });
          process.stdout.write(`${path}\n`);
        }
        await context.close();
      }
    }
  } finally {
    await selling?.stop();
    await browser.close();
  }
}

/** Types the beginning of a number that is stored, and points at what is suggested. */
async function suggest(page) {
  await page.getByRole('combobox', { name: 'Invoice No' }).pressSequentially(typed);
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('ArrowDown');
}

/** The pages, by what stands in the API. */
async function addressesOf(url, emptyUrl) {
  const ask = async (path) => (await fetch(`${url}${path}`)).json();
  const { byCustomer, byProduct, byCountry } = await ask('/api/summary?top=3');
  const customer = byCustomer[1]?.customerId;
  const { items: invoices } = await ask(`/api/customers/${customer}/invoices`);
  const sale = invoices.find(({ kind, lineCount }) => kind === 'sale' && lineCount > 5) ?? invoices[0];
  typed = String(sale?.invoiceNo).slice(0, -1);
  const cancelled = invoices.find(({ kind }) => kind === 'cancellation');
  const { items: letters } = await ask('/api/dead-letters?reason=invalid-item&limit=1');
  const { partitions } = await ask('/api/pipeline');
  const { topic, partition, endOffset } = partitions[0];
  const range = await ask('/api/summary');
  // Today goes on while the pictures are taken.
  const to = range.byDay.at(-2)?.day ?? '2026-01-01';
  const from = new Date(Date.parse(to) - 29 * DAY_MS).toISOString().slice(0, 10);
  const pages = {
    overview: '',
    'overview-30-days': `?from=${from}&to=${to}`,
    invoice: `/invoices/${sale?.invoiceNo}`,
    customer: `/customers/${customer}`,
    product: `/products/${encodeURIComponent(byProduct[0]?.stockCode)}`,
    country: `/countries/${encodeURIComponent(byCountry[1]?.country)}`,
    pipeline: '/pipeline',
    'dead-letters': '/dead-letters',
    'dead-letters-discard': '/dead-letters/discard',
    event: `/events/${topic}:${partition}:${endOffset - 3}`,
    'event-search': '/events',
    search: '/events',
    'not-found': `/invoices/${String(sale?.invoiceNo).slice(0, -1)}`,
    'no-such-page': `/${NEVER_STORED}`,
  };
  if (cancelled !== undefined) pages.cancellation = `/invoices/${cancelled.invoiceNo}`;
  if (letters[0] !== undefined) pages['dead-letter'] = `/dead-letters/${letters[0].id}`;
  const addresses = Object.entries(pages).map(([name, path]) => [name, `${url}/dashboard${path}`]);
  if (emptyUrl !== undefined) addresses.push(['empty', `${emptyUrl}/dashboard`]);
  return Object.fromEntries(addresses);
}

/** An application on engines of its own, with most of a year of orders, and one without any. */
async function startShop() {
  setUp();
  const { startEngines } = await loadEngines();
  const dataDir = mkdtempSync(join(tmpdir(), 'docstream-screenshots-'));
  started.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const where = { dataDir, cacheDir, kafka: true, store: true, onStep: () => undefined, signal: stop.signal };
  const starting = startEngines(where);
  started.push(() =>
    starting.then(
      (engines) => engines.stop(),
      () => undefined,
    ),
  );
  const engines = await starting;
  const { startApp } = await import('../dist/app.js');
  const { loadSettings } = await import('../dist/config.js');
  const start = async (name) => {
    const app = await startApp(
      loadSettings({
        ...{ PORT: '0', KAFKA_BROKERS: engines.kafka.brokers, MONGODB_URI: engines.store.uri },
        ...{ DOCSTREAM_DATABASE: name, DOCSTREAM_GROUP: name, DOCSTREAM_INGESTION_TOPIC: `${name}-topic` },
        ...{ DOCSTREAM_OUTPUT_TOPIC: `${name}-output`, DOCSTREAM_DEAD_LETTER_TOPIC: `${name}-dead-letters` },
        DOCSTREAM_LOG_LEVEL: 'error',
      }),
    );
    started.push(() => app.close());
    return app;
  };
  const [shop, empty] = [await start('shop'), await start('empty')];
  await fill(shop.url, engines.kafka.brokers);
  return {
    url: shop.url,
    emptyUrl: empty.url,
    sell: () => sellTo(shop.url),
  };
}

async function fill(url, brokers) {
  const { generateCarts } = await import('../dist/cli/shop.js');
  const clock = businessDays(Date.now());
  const lines = [];
  for (const cart of generateCarts(SEED, { now: clock })) {
    for (const { item } of cart) lines.push(JSON.stringify(item));
    if (clock.isOver) break;
  }
  const headers = { 'content-type': 'application/x-ndjson' };
  await fetch(`${url}/invoiceitems`, { method: 'POST', headers, body: `${lines.join('\n')}\n` });
  await produceGarbage(brokers);
  for (;;) {
    const { partitions } = await (await fetch(`${url}/api/pipeline`)).json();
    if (partitions.every(({ lag }) => lag === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Goes through the days up to now at the pace of a gift shop: quiet weekends, busy before Christmas. */
function businessDays(nowMs) {
  let at = nowMs - DAYS * DAY_MS;
  const clock = () => {
    const date = new Date(at);
    const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6 ? 0.35 : 1;
    const season = [0.7, 0.75, 0.85, 0.9, 0.95, 0.9, 0.85, 0.9, 1.1, 1.35, 1.7, 1.4][date.getUTCMonth()];
    const wave = 1 + 0.25 * Math.sin(at / DAY_MS / 5);
    at = Math.min(at + DAY_MS / (CARTS_A_DAY * weekend * season * wave), nowMs);
    if (new Date(at).getUTCHours() < 8) at = Math.min(at + 5 * 3_600_000, nowMs);
    clock.isOver = at >= nowMs;
    return at;
  };
  return clock;
}

/** What other programs might write into the topic. */
async function produceGarbage(brokers) {
  const { default: kafkajs } = await import('kafkajs');
  const producer = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).producer();
  const good = {
    ...{ InvoiceNo: '571409', StockCode: '85123A', Description: 'WHITE HANGING HEART T-LIGHT HOLDER', Quantity: 6 },
    ...{ InvoiceDate: '2026-11-20T09:12:00Z', UnitPrice: 2.55, CustomerID: 17850, Country: 'United Kingdom' },
  };
  const wrong = [
    ...[{ Quantity: 'many' }, { UnitPrice: '2,55' }, { InvoiceDate: '31/02/2026' }, { Quantity: 0, Country: '' }],
    ...[{ CustomerID: -4 }, { StockCode: 'S'.repeat(40) }, { Quantity: 2_000_000 }],
  ];
  await producer.connect();
  await producer.send({
    topic: 'shop-topic',
    messages: [
      ...wrong.map((fields) => ({ key: '571409', value: JSON.stringify({ ...good, ...fields }) })),
      { key: '571410', value: 'InvoiceNo;StockCode;Quantity' },
      { key: '571411', value: '{"InvoiceNo": "571411", "StockCode": ' },
      { key: '571412', value: null },
    ],
  });
  await producer.disconnect();
}

function sellTo(url) {
  let isOver = false;
  const run = async () => {
    const { generateCarts } = await import('../dist/cli/shop.js');
    const headers = { 'content-type': 'application/x-ndjson' };
    for (const cart of generateCarts(SEED + 1, { now: Date.now })) {
      if (isOver) return;
      const body = cart.map(({ item }) => `${JSON.stringify(item)}\n`).join('');
      await fetch(`${url}/invoiceitems`, { method: 'POST', headers, body });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  };
  const running = run();
  return {
    stop: () => {
      isOver = true;
      return running;
    },
  };
}

function findChromium() {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      if (existsSync(join(dir, name))) return join(dir, name);
    }
  }
  throw new Error('no Chromium on the PATH: apt-get install chromium');
}
