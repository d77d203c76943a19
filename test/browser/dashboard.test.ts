import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import type { Browser } from 'playwright-core';
import { PipelineSource, type PipelineView } from '../../src/dashboard/pipeline-source.js';
import { type SeededApp, startSeededApp } from '../dashboard/seeded-app.js';
import { item, records, shopInvoices } from '../dashboard/shop.js';
import { launchBrowser, openPage, violationsOf } from './browser.js';

const HOSTILE =
  '<script>document.title = "taken over"</script><img src="/nowhere" onerror="document.title = \'taken over\'">';
const PHONE = { viewport: { width: 390, height: 844 } };
const PAGES = [
  '/dashboard',
  '/dashboard?from=2011-02-01&to=2011-03-31',
  '/dashboard?from=2011-02-30',
  '/dashboard/invoices/700000',
  '/dashboard/invoices/C700001',
  '/dashboard/customers/17850',
  '/dashboard/products/P1',
  '/dashboard/countries/France',
  '/dashboard/events',
  '/dashboard/pipeline',
  '/dashboard/nowhere',
];

/** By the computed colours as well; axe looks at all of them. */
const TEXT_PAGES = [
  ...[
    '/dashboard',
    '/dashboard/invoices/700000',
    '/dashboard/customers/17850',
    '/dashboard/pipeline',
    '/dashboard/nowhere',
  ],
];

let endOffset = 100;

class MovingPipeline extends PipelineSource {
  snapshot(): Promise<PipelineView> {
    endOffset += 1;
    return Promise.resolve({
      partitions: [0, 1, 2].map((partition) => ({
        ...{ topic: 'ingestion-topic', partition, endOffset, storeOffset: 90, outputOffset: 90, lag: endOffset - 90 },
      })),
      batches: Array.from({ length: 12 }, (_, n) => ({
        ...{
          number: 12 - n,
          partition: n % 3,
          fromOffset: 0,
          toOffset: 4_000,
          records: 4_000,
          stored: 3_990,
          duplicates: 10,
        },
        ...{ deadLetters: 0, durationMs: 84, at: '2011-01-01T00:00:00Z' },
      })),
      deadLetters: 0,
      rates: { eventsInPerSecond: 1_234, eventsOutPerSecond: 1_200, batchesPerSecond: 0.5 },
      engines: { kafka: { state: 'up' }, store: { state: 'up' }, consumer: { state: 'running' } },
    });
  }
}

@Global()
@Module({ providers: [{ provide: PipelineSource, useClass: MovingPipeline }], exports: [PipelineSource] })
class PipelineModule {}

let seeded: SeededApp;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  seeded = await startSeededApp({ modules: [PipelineModule] });
  origin = await seeded.app.getUrl();
  const hostile = { Description: HOSTILE, Country: '<i>Elsewhere</i>', StockCode: '"><b>X</b>' };
  const lines = [
    ...shopInvoices(3, 300).flat(),
    item({ InvoiceNo: '700000' }),
    item({ InvoiceNo: '700000', ...hostile, Quantity: 900 }),
    item({
      InvoiceNo: '700000',
      StockCode: 'W'.repeat(32),
      Description: 'UNBROKEN'.repeat(30),
      UnitPrice: '1000000.00',
      Quantity: 1_000,
    }),
    item({ InvoiceNo: 'C700001', CustomerID: null, Quantity: -3 }),
    ...Array.from({ length: 60 }, (_, n) =>
      item({ InvoiceNo: String(710_000 + n), InvoiceDate: '2011-02-01T10:00:00Z' }),
    ),
  ];
  await seeded.apply(0, records(0, 0, lines));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await seeded.close();
});

describe('without JavaScript', () => {
  it('finds invoices and customers, pages and ranges by forms and links alone', async () => {
    const { context, page, faults } = await openPage(browser, origin, { javaScriptEnabled: false });
    await page.goto('/dashboard');
    await page.getByLabel('Invoice No').fill(' c700001 ');
    await page.getByRole('button', { name: 'Find the invoice' }).click();
    expect(new URL(page.url()).pathname).toBe('/dashboard/invoices/C700001');
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('Cancellation');
    expect(await page.locator('.tile', { hasText: 'Customer' }).innerText()).toContain('Guest');

    await page.getByLabel('Customer ID').fill('17850');
    await page.getByRole('button', { name: 'Find the customer' }).click();
    expect(new URL(page.url()).pathname).toBe('/dashboard/customers/17850');
    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForLoadState();
    expect(await page.locator('tbody tr').count()).toBe(11);
    await page.getByRole('link', { name: 'Newest', exact: true }).click();
    await page.locator('tbody a').first().click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Invoice 710059');

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByLabel('From', { exact: true }).fill('2011-02-01');
    await page.getByLabel('To', { exact: true }).fill('2011-02-28');
    await page.getByRole('button', { name: 'Show' }).click();
    expect(new URL(page.url()).search).toBe('?from=2011-02-01&to=2011-02-28');
    await page.waitForLoadState();
    await page.getByText('Figures as a table').click();
    expect(await page.getByRole('rowheader', { name: '1 Feb 2011', exact: true }).isVisible()).toBe(true);
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('hostile names', () => {
  it('are text and nothing more', async () => {
    const { context, page, faults } = await openPage(browser, origin);
    for (const path of ['/dashboard', '/dashboard/invoices/700000', '/dashboard/customers/17850']) {
      await page.goto(path);
      expect(await page.title()).not.toContain('taken over');
      expect(await page.locator('main img, main script, main b, main i').count()).toBe(0);
    }
    await page.goto('/dashboard/invoices/700000');
    expect(await page.getByText(HOSTILE).isVisible()).toBe(true);
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it('no page is wider than a phone, loads anything foreign or complains', async () => {
    const { context, page, faults } = await openPage(browser, origin, { ...PHONE, colorScheme });
    for (const path of PAGES) {
      await page.goto(path);
      const widths = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
      expect({ path, widths }).toEqual({ path, widths: [390, 390] });
    }
    // The browser itself reports the status of the page that is not there.
    expect(faults.filter((fault) => !/status of (404|400)/.test(fault))).toEqual([]);
    await context.close();
  });

  it('axe finds nothing against WCAG 2.2 AA', async () => {
    const { context, page } = await openPage(browser, origin, { colorScheme });
    for (const path of PAGES) {
      await page.goto(path);
      expect({ path, violations: await violationsOf(page) }).toEqual({ path, violations: [] });
    }
    await context.close();
  });

  it('all text has the contrast that WCAG 2.2 AA asks for', async () => {
    const { context, page } = await openPage(browser, origin, { colorScheme });
    for (const path of TEXT_PAGES) {
      await page.goto(path);
      expect({ path, faint: await page.evaluate(FAINT_TEXTS) }).toEqual({ path, faint: [] });
    }
    await context.close();
  });
});

/** What tools for developers call slow 4G. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };

describe('a first visit to the overview with a phone on slow 4G', () => {
  it('loads less than 150 kB, and has what its first paint needs within a second', async () => {
    const { latency, downloadThroughput } = SLOW_4G;
    const needsMs: number[] = [];
    for (let visit = 0; visit < 3; visit += 1) {
      const { context, page } = await openPage(browser, origin, PHONE);
      const devtools = await context.newCDPSession(page);
      let bytes = 0;
      devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
      await devtools.send('Network.enable');
      await devtools.send('Network.emulateNetworkConditions', SLOW_4G);
      await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
      await page.goto('/dashboard', { waitUntil: 'networkidle' });
      const { metrics } = await devtools.send('Performance.getMetrics');
      // Not the time of the paint: other tests have the processors, too, and that time is in it. The page's own work until
      // everything is loaded, by the clock of its thread, comes to the document and then what blocks the paint.
      const workMs = 1_000 * (metrics.find(({ name }) => name === 'ThreadTime')?.value ?? NaN);
      const paintBytes = await page.evaluate<number>(BYTES_BEFORE_PAINT);
      needsMs.push(2 * latency + (1_000 * paintBytes) / downloadThroughput + workMs);
      expect(bytes).toBeLessThan(150_000);
      expect(paintBytes).toBeGreaterThan(5_000);
      await context.close();
    }

    expect(Math.min(...needsMs)).toBeGreaterThan(2 * latency);
    expect(Math.min(...needsMs)).toBeLessThan(1_000);
  });

  it('comes to its first paint by the document and what that names, and no further', async () => {
    const { context, page } = await openPage(browser, origin, PHONE);
    await page.goto('/dashboard', { waitUntil: 'networkidle' });
    expect(await page.evaluate(BLOCKING)).toEqual([expect.stringMatching(/\.css$/)]);
    // A style sheet that imports another one makes a third turn of it.
    const imports =
      '[...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).filter((rule) => rule.type === 3).length';
    expect(await page.evaluate(imports)).toBe(0);
    await context.close();
  });
});

const BLOCKING =
  'performance.getEntriesByType("resource").filter((entry) => entry.renderBlockingStatus === "blocking").map(({ name }) => name)';
/** The document's and those of what keeps the browser from painting it. */
const BYTES_BEFORE_PAINT = `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter(({ entryType, renderBlockingStatus }) => entryType === "navigation" || renderBlockingStatus === "blocking")
  .reduce((sum, { transferSize }) => sum + transferSize, 0)`;

describe('with a keyboard', () => {
  it('the first stop skips to the content, and each stop is visible', async () => {
    const { context, page } = await openPage(browser, origin);
    await page.goto('/dashboard');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineWidth')).toBe('3px');
    await context.close();
  });

  it('finds an invoice by a key, the beginning of its number and the arrows', async () => {
    const { context, page, faults } = await openPage(browser, origin);
    await page.goto('/dashboard');
    await page.keyboard.press('/');
    const box = page.getByRole('combobox', { name: 'Invoice No' });
    expect(await box.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await page.keyboard.type('71005');
    const options = page.getByRole('option');
    // Where keys come slowly, the page asks for what is there so far as well: only the whole has this one second.
    await options.nth(1).filter({ hasText: '710051' }).waitFor();
    expect(await box.getAttribute('aria-expanded')).toBe('true');
    expect(await options.count()).toBe(8);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const active = (await box.getAttribute('aria-activedescendant')) ?? '';
    expect(await page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true');
    expect(await page.locator(`#${active}`).innerText()).toContain('710051');
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await box.getAttribute('aria-expanded')).toBe('false');
    expect(await box.inputValue()).toBe('71005');
    await page.keyboard.press('ArrowDown');
    await options.first().waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/dashboard/invoices/710057');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('every input has a label, every table a caption, every page one first heading', async () => {
    const { context, page } = await openPage(browser, origin);
    for (const path of PAGES) {
      await page.goto(path);
      expect(await page.locator('h1').count()).toBe(1);
      expect(
        await page.evaluate('[...document.querySelectorAll("input")].filter((i) => !i.labels.length).length'),
      ).toBe(0);
      expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
      expect(await page.locator('th:not([scope])').count()).toBe(0);
    }
    await context.close();
  });
});

describe('the overview', () => {
  it('shows the figures of a bar beside the pointer, leads from it to its days, and nothing moves', async () => {
    const { context, page, faults } = await openPage(browser, origin);
    await page.goto('/dashboard?from=2011-02-01&to=2011-02-28');
    const bar = page.locator('.plot-revenue .chart-bar').first();
    await bar.hover();
    expect(await page.locator('.chart-tip').innerText()).toMatch(/^1 Feb 2011[^]*£[\d,.]+, \d+ invoices$/);
    await bar.click();
    await page.waitForURL('**/dashboard?from=2011-02-01&to=2011-02-01');
    const shifts = await page.evaluate<number>(LAYOUT_SHIFT);
    expect(shifts).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('the pipeline page', () => {
  it('goes on by itself', async () => {
    const { context, page, faults } = await openPage(browser, origin);
    await page.goto('/dashboard/pipeline');
    const lag = page.locator('.tile', { hasText: 'Lag' });
    const before = ((await lag.locator('dd').innerText()).match(/[\d,]+/) ?? [''])[0];
    await page.getByText('Live', { exact: true }).waitFor();
    await lag.filter({ hasNotText: before }).waitFor();
    const loads = await page.evaluate('performance.getEntriesByType("navigation").length');
    expect(loads).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });
});

/** How much of what was shown has moved since the page was loaded. */
const LAYOUT_SHIFT = `new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, entry) => sum + entry.value, 0)))
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(0), 500);
})`;

/** Texts whose contrast with what lies behind them is below 4.5, or below 3 where they are large: WCAG 1.4.3. */
const FAINT_TEXTS = `(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (text === '' || element.closest('svg, .visually-hidden') !== null || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(channels(style.color)), light(behind(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if ((a + 0.05) / (b + 0.05) < (isLarge ? 3 : 4.5)) faint.push(text.slice(0, 40) + ' ' + style.color);
  }
  return faint;
})()`;
