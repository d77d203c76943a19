import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import request from 'supertest';
import { startTestApp, type TestApp } from '../helpers/app.js';
import { until } from '../helpers/oracle-sinks.js';
import { produceRaw } from '../ops/garbage.js';
import { launchBrowser, openPage, violationsOf, type WatchedPage } from './browser.js';

const READ = 'a-key-for-those-who-look';
const OPERATE = 'a-key-for-those-who-mend';
const INGEST = 'a-key-for-the-tills';
const KEYS = `read:${READ} # analysts\noperate:${OPERATE}\ningest:${INGEST}\n`;

let app: TestApp;
let browser: Browser;
let folder: string;
let origin: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'login-'));
  writeFileSync(join(folder, 'keys'), KEYS);
  app = await startTestApp({ DOCSTREAM_API_KEYS_FILE: join(folder, 'keys'), DOCSTREAM_TRUST_PROXY: 'loopback' });
  origin = new URL(app.url).origin;
  browser = await launchBrowser();
  const values = ['a secret', 'another', 'a third', 'a fourth'];
  await produceRaw(
    app.settings,
    values.map((value) => ({ key: 'k', value })),
  );
  await app.settled();
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
  rmSync(folder, { recursive: true });
});

const open = (options = {}): Promise<WatchedPage> => openPage(browser, origin, options);

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** What a form of a page is sent with, by a program that has the page's cookie. */
async function formOf(page: Page): Promise<{ cookie: string; csrf: string }> {
  const [cookie] = await page.context().cookies();
  const csrf = await page.locator('input[name=csrf]').first().getAttribute('value');
  return { cookie: `${cookie?.name}=${cookie?.value}`, csrf: csrf ?? '' };
}

const header = (page: Page) => page.getByRole('banner');

describe('signing in, without JavaScript', () => {
  let watched: WatchedPage;
  let page: Page;
  beforeAll(async () => {
    watched = await open({ javaScriptEnabled: false });
    page = watched.page;
  });
  afterAll(() => watched.context.close());

  it('is where every page leads, and back to it', async () => {
    await page.goto('/dashboard/dead-letters?state=all');
    expect(page.url()).toBe(`${origin}/login?next=${encodeURIComponent('/dashboard/dead-letters?state=all')}`);
    expect(await page.locator('body').innerText()).not.toContain('Overview');
    await signIn(page, 'a-key-that-nobody-has');
    expect(await page.getByRole('alert').innerText()).toContain('not a key of this instance');
    await signIn(page, INGEST);
    expect(await page.getByRole('alert').innerText()).toContain('for sending only');
    expect(await page.context().cookies()).toEqual([]);
    await signIn(page, READ);
    expect(page.url()).toBe(`${origin}/dashboard/dead-letters?state=all`);
    expect(await header(page).innerText()).toContain('analysts');
    expect(await page.context().cookies()).toMatchObject([
      { name: 'docstream', path: '/', httpOnly: true, sameSite: 'Lax', secure: false, expires: -1 },
    ]);
  });

  it('as somebody who looks still takes a key to change something', async () => {
    await page.getByRole('link', { name: 'Discard all that match…' }).click();
    await page.getByLabel('API key').fill(READ);
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Sign in first');
    await page.goto('/dashboard/dead-letters/discard?text=nothing-has-this');
    expect(await page.locator('main').innerText()).toContain('No dead letters match');
  });

  it('ends by signing out, for each copy of the cookie', async () => {
    const { cookie } = await formOf(page);
    const look = () => request(app.url).get('/dashboard').set({ accept: 'text/html', cookie });
    const seen = await look().expect(200);
    expect(seen.headers['cache-control']).toBe('no-store');
    await header(page).getByRole('button', { name: 'Sign out' }).click();
    expect(await page.getByRole('status').innerText()).toBe('You have signed out.');
    expect(await page.context().cookies()).toEqual([]);
    expect((await look().expect(303)).headers['location']).toBe('/login');
    await page.goto('/dashboard');
    expect(page.url()).toBe(`${origin}/login`);
  });

  it('as somebody who mends asks for no key again', async () => {
    await page.goto('/dashboard/dead-letters');
    await signIn(page, OPERATE);
    await page.locator('tbody th').getByRole('link').first().click();
    expect(await page.getByLabel('API key').count()).toBe(0);
    await page.getByRole('button', { name: 'Replay as it is' }).click();
    expect(page.url()).toContain('/dashboard/events/');
    await app.settled();
    await page.goto('/dashboard/dead-letters?state=open');
    await page.locator('tbody th').getByRole('link').first().click();
    await page.getByRole('link', { name: 'Discard…' }).click();
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await page.getByRole('status').first().innerText()).toContain('1 dead letter discarded');
  });

  it('takes forms of its own pages only', async () => {
    await page.goto('/dashboard/dead-letters/discard?text=nothing-has-this');
    const { cookie, csrf } = await formOf(page);
    const other = await open({ javaScriptEnabled: false });
    await other.page.goto('/login');
    await signIn(other.page, OPERATE);
    const foreign = (await formOf(other.page)).csrf;
    await other.context.close();
    const send = (path: string, form: object, from: object = { origin }) =>
      request(app.url)
        .post(path)
        .type('form')
        .set({ cookie, accept: 'text/html', ...from })
        .send(form);
    for (const path of ['/dashboard/dead-letters/discard', '/dashboard/dead-letters/replay', '/logout']) {
      for (const form of [{}, { csrf: '' }, { csrf: foreign }, { csrf: `${csrf}A` }]) {
        await send(path, { ...form, text: 'nothing-has-this' }).expect(403);
      }
      await send(path, { csrf, text: 'nothing-has-this' }, { 'sec-fetch-site': 'cross-site' }).expect(403);
    }
    await send('/dashboard/dead-letters/discard', { csrf, text: 'nothing-has-this' }).expect(303);
  });

  it('opens no address for programs', async () => {
    const { cookie } = await formOf(page);
    await request(app.url).get('/api/summary').set({ cookie }).expect(401);
    await request(app.url).delete('/api/dead-letters').set({ cookie, origin }).expect(401);
    await request(app.url).get('/metrics').set({ cookie }).expect(401);
    await request(app.url).get('/api/summary').set('X-API-Key', READ).expect(200);
  });

  it('has asked no other host, and failed nowhere', () => {
    expect(watched.faults.filter((fault) => !/status of (401|403)/.test(fault))).toEqual([]);
  });
});

describe('the page for signing in', () => {
  it.each(['light', 'dark'] as const)(
    'holds WCAG 2.2 AA by axe and fits a phone in %s colours',
    async (colorScheme) => {
      const phone = await open({ colorScheme, viewport: { width: 390, height: 844 } });
      await phone.page.goto('/login?out');
      expect(await violationsOf(phone.page)).toEqual([]);
      await signIn(phone.page, 'a-key-that-nobody-has');
      expect(await violationsOf(phone.page)).toEqual([]);
      expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      await signIn(phone.page, READ);
      await phone.page.waitForURL('**/dashboard');
      expect(await violationsOf(phone.page)).toEqual([]);
      expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      await phone.context.close();
    },
  );

  const attempt = (apiKey: string, headers: Record<string, string> = {}) =>
    request(app.url)
      .post('/login')
      .type('form')
      .set({ origin, ...headers })
      .send({ apiKey, next: '//evil.example' });

  it('leads to no other host, and takes nothing from another site', async () => {
    const answer = await attempt(READ).expect(303);
    expect(answer.headers['location']).toBe('/dashboard');
    expect(answer.headers['content-security-policy'] ?? "default-src 'self'").toContain("default-src 'self'");
    const page = await request(app.url).get('/login?next=//evil.example').expect(200);
    expect(page.text).not.toContain('evil.example');
    expect(page.headers['content-security-policy']).toContain(
      "default-src 'self'; base-uri 'none'; form-action 'self'",
    );
    await attempt(READ, { origin: 'http://evil.example' }).expect(403);
    await attempt(READ, { 'sec-fetch-site': 'cross-site' }).expect(403);
  });

  it('keeps the cookie to TLS where a trusted proxy says that it is there', async () => {
    const answer = await attempt(READ, { 'x-forwarded-proto': 'https', origin: origin.replace('http:', 'https:') });
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-docstream=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
  });

  it('takes ten wrong keys from an address, as the trusted proxy tells it', async () => {
    const from = (address: string, key = 'a-key-that-nobody-has') => attempt(key, { 'x-forwarded-for': address });
    for (let n = 0; n < 10; n++) await from('192.0.2.1').expect(401);
    const refused = await from('192.0.2.1', READ).expect(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
    await from('192.0.2.2', READ).expect(303);
  });
});

it('a page that is live ends with the session, and asks to sign in again', async () => {
  const live = await open();
  await live.page.goto('/dashboard/pipeline');
  await signIn(live.page, OPERATE);
  await live.page.getByText('Live', { exact: true }).waitFor();
  writeFileSync(join(folder, 'keys'), KEYS.replace(/operate.*\n/, ''));
  await live.page.waitForURL('**/login?next=*');
  writeFileSync(join(folder, 'keys'), KEYS);
  await until(
    async () => (await request(app.url).get('/api/pipeline').set('X-API-Key', OPERATE)).status === 200,
    20_000,
    () => 'the key is not taken again',
  );
  await live.context.close();
});

describe('the description of the API', () => {
  it('is drawn and opened without anything foreign, inline or a complaint', async () => {
    const { context, page, faults } = await open();
    const answer = await page.goto('/docs');
    expect(answer?.headers()['content-security-policy']).not.toContain('unsafe-inline');
    await page.locator('#operations-invoices-getInvoice button').first().click();
    await page.getByRole('button', { name: 'Try it out' }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});
