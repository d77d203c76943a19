import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import request from 'supertest';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { GARBAGE, produceRaw } from '../ops/garbage.js';
import { line } from '../ops/lines.js';
import { launchBrowser, openPage, violationsOf, type WatchedPage } from './browser.js';

const HOSTILE = '<script>document.title = 1</script>';

let app: TestApp;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  app = await startTestApp();
  browser = await launchBrowser();
  watched = await openPage(browser, new URL(app.url).origin, { javaScriptEnabled: false });
  page = watched.page;
  await produceRaw(app.settings, [
    ...Object.values(GARBAGE),
    { key: '710001', value: JSON.stringify(line('710001', { Description: HOSTILE, Quantity: 'many' })) },
  ]);
  await app.settled();
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

/** The rows of the list. */
const rows = () => page.getByRole('region', { name: 'Newest first' }).locator('tbody tr');

async function openLetter(text: string): Promise<void> {
  await page.goto(`/dashboard/dead-letters?text=${encodeURIComponent(text)}`);
  await rows().first().getByRole('link').click();
}

describe('dead letters in a browser without JavaScript', () => {
  it('are listed with their reasons, and filtered', async () => {
    await page.goto('/dashboard');
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.waitForLoadState();
    expect(await rows().count()).toBe(7);
    expect(await page.getByRole('list', { name: 'By reason' }).innerText()).toMatch(/All 7[^]*Invalid item 3/);
    await page.getByText('Figures as a table').click();
    expect(await page.getByRole('table', { name: 'Dead letters of each day by reason' }).innerText()).toMatch(/7\s*$/);
    await page.getByLabel('Reason', { exact: true }).selectOption('not-json');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForLoadState();
    expect(await rows().count()).toBe(2);
    await page.goto('/dashboard/dead-letters?field=UnitPrice');
    expect(await rows().count()).toBe(1);
  });

  it('show their bytes, as text or as a dump, and never run what they hold', async () => {
    await openLetter('UTF-8');
    expect(await page.locator('pre.raw').first().innerText()).toContain('ff 00 fe 80');
    await openLetter('Quantity must be a whole');
    expect(await page.locator('pre.raw').first().innerText()).toContain(HOSTILE);
    expect(await page.title()).toBe('Dead letter – docstream');
  });

  it('are mended in a form that marks the faults, and found in their invoice and by their trail', async () => {
    await openLetter('Quantity must be a whole');
    const quantity = page.getByLabel('Quantity');
    expect(await quantity.getAttribute('aria-invalid')).toBe('true');
    expect(await quantity.inputValue()).toBe('many');
    expect(await page.getByLabel('Stock code').getAttribute('aria-invalid')).toBeNull();
    await quantity.fill('0');
    await page.getByRole('button', { name: 'Replay corrected' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('Nothing was sent');
    expect(await page.getByLabel('Quantity').inputValue()).toBe('0');
    await page.getByLabel('Quantity').fill('12');
    await page.getByRole('button', { name: 'Replay corrected' }).click();
    expect(page.url()).toContain('/dashboard/events/');
    await app.settled();
    await page.reload();
    expect(await page.locator('.steps').innerText()).toMatch(
      /Received[^]*replay of a dead letter[^]*Stored in invoice 710001/,
    );
    await page.locator('.steps').getByRole('link', { name: 'invoice 710001' }).click();
    await page.waitForLoadState();
    expect(await page.locator('table.lines tbody tr').count()).toBe(1);
    expect(await page.locator('table.lines').innerText()).toContain(HOSTILE);
    await page.getByRole('link', { name: 'Trail of 85123A' }).click();
    await page.locator('.steps').getByRole('link', { name: 'a dead letter' }).click();
    expect(await page.locator('#history ~ .steps').innerText()).toContain('with a correction through the dashboard');
    await page.getByRole('link', { name: 'trail of the replay' }).click();
    expect(await page.locator('.tiles').innerText()).toContain('Stored');
  });

  it('are replayed all together after a question, twice, and nothing is doubled', async () => {
    for (let n = 0; n < 2; n++) {
      await page.goto('/dashboard/dead-letters');
      await page.getByRole('link', { name: 'Replay all that match…' }).click();
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Replay 6 dead letters?');
      await page.getByRole('button', { name: 'Replay' }).click();
      expect(page.url()).toContain('/replays/');
      expect(await page.locator('.tiles').innerText()).toMatch(/done[^]*6 of 6/);
      await app.settled();
    }
    const { body } = await request(app.url).get('/api/invoices/710001').expect(200);
    expect(body.lineCount).toBe(1);
    await page.goto('/dashboard/dead-letters?state=replayed');
    expect(await rows().count()).toBe(13);
  });

  it('are replayed as they are ticked, and discarded after a question', async () => {
    await page.goto('/dashboard/dead-letters?reason=not-json');
    for (const tick of await page.getByRole('checkbox').all()) await tick.check();
    await page.getByRole('button', { name: 'Replay those that are ticked…' }).click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Replay 2 dead letters?');
    await page.getByRole('button', { name: 'Replay' }).click();
    await app.settled();
    await openLetter('has no value');
    await page.getByRole('link', { name: 'Discard…' }).click();
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await page.getByRole('status').first().innerText()).toContain('1 dead letter discarded');
    await page.getByRole('link', { name: 'Discard all that match…' }).click();
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.goto('/dashboard/dead-letters');
    expect(await page.locator('main').innerText()).toContain('None are open');
  });

  it('are found by what people have of a record', async () => {
    await page.goto('/dashboard/events');
    const { body } = await request(app.url).get('/api/invoices/710001').expect(200);
    await page.locator('main').getByLabel('Invoice No').fill('710001');
    await page.getByLabel('Event id').fill(body.lines[0].eventId);
    await page.getByRole('button', { name: 'Follow' }).nth(1).click();
    expect(await page.locator('.tiles').innerText()).toContain('Stored');
    await page.goto('/dashboard/events/nonsense');
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Not found');
  });

  it('have asked no other host, and failed nowhere', () => {
    expect(watched.faults.filter((fault) => !/status of (404|400)/.test(fault))).toEqual([]);
  });
});

describe('the pages of dead letters', () => {
  const letter = async () =>
    ((await request(app.url).get('/api/dead-letters?state=all&limit=1')).body as { items: { id: string }[] }).items[0]
      ?.id ?? '';

  it('fit a phone', async () => {
    const phone = await openPage(browser, new URL(app.url).origin, { viewport: { width: 390, height: 844 } });
    const id = await letter();
    for (const path of ['', '/discard?state=all', `/${id}`, `/${id}/discard`]) {
      await phone.page.goto(`/dashboard/dead-letters${path}`);
      expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    }
    await phone.page.goto('/dashboard/events');
    expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await phone.page.goto(`/dashboard/events/${id}`);
    expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(phone.faults).toEqual([]);
    await phone.context.close();
  });

  it.each(['light', 'dark'] as const)('hold WCAG 2.2 AA by axe in %s colours', async (colorScheme) => {
    const other = await openPage(browser, new URL(app.url).origin, { colorScheme });
    const id = await letter();
    for (const path of ['dead-letters?state=all', `dead-letters/${id}`, `dead-letters/${id}/discard`, `events/${id}`]) {
      await other.page.goto(`/dashboard/${path}`);
      expect({ path, violations: await violationsOf(other.page) }).toEqual({ path, violations: [] });
    }
    await other.context.close();
  });

  it('ask nobody to sign in where no keys are configured', async () => {
    const page = await request(app.url).get('/dashboard/dead-letters').set('accept', 'text/html').expect(200);
    expect(page.text).not.toMatch(/sign (in|out)|csrf/i);
    expect((await request(app.url).get('/login').expect(303)).headers['location']).toBe('/dashboard');
  });

  it('do nothing for forms of another site', async () => {
    const path = `/dashboard/dead-letters/${await letter()}`;
    const send = (address: string, headers: Record<string, string>) =>
      request(app.url).post(address).type('form').set(headers).send({ as: 'original' });
    for (const headers of [
      { origin: 'http://elsewhere.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      await send(`${path}/replay`, headers).expect(403);
      await send(`${path}/discard`, headers).expect(403);
      await send('/dashboard/dead-letters/replay', headers).expect(403);
      await send('/dashboard/dead-letters/discard', headers).expect(403);
    }
    await send(`${path}/discard`, { origin: new URL(app.url).origin }).expect(303);
  });

  it('take what a program sends that says nothing of a site', async () => {
    const path = `/dashboard/dead-letters/${await letter()}`;
    await request(app.url).post(`${path}/discard`).type('form').send({}).expect(303);
  });

  it('ask for an API key where keys are configured, and hide raw records where they are to', async () => {
    const closed = await startTestApp({ DOCSTREAM_API_KEYS: 'a-key-of-16-chars', DOCSTREAM_RAW_RECORDS: 'hide' });
    try {
      await produceRaw(closed.settings, [{ key: 'k', value: 'a secret' }]);
      await closed.settled();
      const { body } = await request(closed.url).get('/api/dead-letters').expect(200);
      expect(body.items[0]).toMatchObject({ key: null, value: null, headers: {} });
      const path = `/dashboard/dead-letters/${body.items[0].id as string}`;
      const shown = await request(closed.url).get(path).set('accept', 'text/html').expect(200);
      expect(shown.text).not.toContain('a secret');
      expect(shown.text).toContain('name="apiKey"');
      const post = (form: object) =>
        request(closed.url).post(`${path}/replay`).type('form').set('sec-fetch-site', 'same-origin').send(form);
      await post({ as: 'original' }).expect(401);
      await post({ as: 'original', apiKey: 'another-key-of-16' }).expect(401);
      await post({ as: 'original', apiKey: 'a-key-of-16-chars' }).expect(303);
      await request(closed.url)
        .delete(`/api/dead-letters/${body.items[0].id as string}`)
        .expect(401);
      await request(closed.url).post('/api/dead-letters/replay').expect(401);
    } finally {
      await closed.close();
    }
  });
});
