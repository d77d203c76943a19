import { describe, expect, it } from '@jest/globals';
import { ApiKeys } from '../../src/access/api-keys.js';
import { pagePath } from '../../src/access/return-path.js';
import { Sessions } from '../../src/access/sessions.js';
import { SignInThrottle } from '../../src/access/key-throttle.js';
import { loadSettings } from '../../src/config.js';

const READ = 'a-key-for-those-who-look';
const SECRET = 'a secret that signs what people carry';
const MINUTE_MS = 60_000;
const BEGIN_MS = Date.UTC(2026, 0, 1);

function start(env: Record<string, string> = {}) {
  const settings = loadSettings({ DOCSTREAM_API_KEYS: `read:${READ}`, DOCSTREAM_SESSION_SECRET: SECRET, ...env });
  const keys = new ApiKeys(settings);
  return { keys, sessions: new Sessions(settings, keys) };
}

function opened({ keys, sessions }: ReturnType<typeof start>) {
  const key = keys.find(READ);
  if (key === null) throw new Error('the key is not known');
  const session = sessions.open(key, BEGIN_MS);
  return { session, cookie: sessions.write(session, BEGIN_MS) };
}

describe('a session', () => {
  it('is known to every instance with the same secret and keys, and to no other', () => {
    const { cookie } = opened(start());
    expect(start().sessions.read(cookie, BEGIN_MS)?.key.scopes).toEqual(['read']);
    expect(start({ DOCSTREAM_SESSION_SECRET: `${SECRET}!` }).sessions.read(cookie, BEGIN_MS)).toBeNull();
    expect(start({ DOCSTREAM_SESSION_SECRET: '' }).sessions.read(cookie, BEGIN_MS)).toBeNull();
    expect(start({ DOCSTREAM_API_KEYS: `ingest:${READ}` }).sessions.read(cookie, BEGIN_MS)).toBeNull();
    expect(start({ DOCSTREAM_API_KEYS: 'read:another-key-for-looking' }).sessions.read(cookie, BEGIN_MS)).toBeNull();
    expect(cookie).not.toContain(READ);
  });

  it('is taken as it was signed only', () => {
    const app = start();
    const { cookie } = opened(app);
    for (let at = 0; at < cookie.length; at += 3) {
      const other = cookie[at] === 'A' ? 'B' : 'A';
      expect(app.sessions.read(cookie.slice(0, at) + other + cookie.slice(at + 1), BEGIN_MS)).toBeNull();
    }
    for (const text of ['', '.', 'a.b', '....', cookie.slice(0, -1)]) expect(app.sessions.read(text)).toBeNull();
  });

  it('ends when nobody uses it, after twelve hours, by its owner, or with its key', () => {
    const app = start({ DOCSTREAM_SESSION_IDLE_MINUTES: '30' });
    const { session, cookie } = opened(app);
    const after = (minutes: number) => BEGIN_MS + minutes * MINUTE_MS;
    expect(app.sessions.read(cookie, after(29))).not.toBeNull();
    expect(app.sessions.read(cookie, after(30))).toBeNull();
    let kept = cookie;
    for (let minutes = 20; minutes < 720; minutes += 20) {
      const read = app.sessions.read(kept, after(minutes));
      if (read === null) throw new Error(`it ended after ${minutes} minutes`);
      kept = app.sessions.write(read, after(minutes));
    }
    expect(app.sessions.read(kept, after(719))).not.toBeNull();
    expect(app.sessions.read(kept, after(720))).toBeNull();
    const operator = { key: 'another-key-of-others', scopes: ['operate', 'read'], isScoped: true } as const;
    app.keys.replace([operator]);
    expect(app.sessions.isOpen(session, after(1))).toBe(false);
    const other = opened(start());
    const { sessions } = start();
    sessions.end(other.session, BEGIN_MS);
    expect(sessions.read(other.cookie, BEGIN_MS)).toBeNull();
  });

  it('has tokens for its forms that are all different and fit no other session', () => {
    const app = start();
    const [{ session }, { session: other }] = [opened(app), opened(app)];
    const tokens = [app.sessions.formToken(session), app.sessions.formToken(session)];
    expect(tokens[0]).not.toBe(tokens[1]);
    for (const token of tokens) {
      expect(app.sessions.isFormToken(session, token)).toBe(true);
      expect(app.sessions.isFormToken(other, token)).toBe(false);
      expect(app.sessions.isFormToken(session, `A${token}`)).toBe(false);
    }
    for (const token of [undefined, null, '', '.', {}]) expect(app.sessions.isFormToken(session, token)).toBe(false);
  });
});

describe('the way back after signing in', () => {
  it.each<[text: unknown, path: string]>([
    ['/dashboard/invoices/536365?from=2010-12-01#lines', '/dashboard/invoices/536365?from=2010-12-01#lines'],
    ['/dashboard', '/dashboard'],
    ['/dashboard?from=//evil.example', '/dashboard?from=//evil.example'],
    ...[
      ...['//evil.example/dashboard', '/\\evil.example/dashboard', '/\t/evil.example', 'http://evil.example/dashboard'],
      ...['/dashboard/../..//evil.example', '/dashboard.evil.example', '/dashboard\\..\\..\\evil', '/api/summary'],
      ...['javascript:alert(1)', '@evil.example', '/logout', '', '/dashboard/%2e%2e/%2e%2e//evil.example'],
    ].map((text): [string, string] => [text, '/dashboard']),
    [undefined, '/dashboard'],
    [['/dashboard/pipeline'], '/dashboard'],
  ])('from %j is %s', (text, path) => {
    expect(pagePath(text)).toBe(path);
  });
});

describe('attempts to sign in', () => {
  it('are ten from an address or its IPv6 network, and those that succeed do not count', async () => {
    const throttle = new SignInThrottle();
    for (let n = 0; n < 20; n++) {
      expect(await throttle.attempt('192.0.2.1')).toBeNull();
      await throttle.forget('192.0.2.1');
    }
    for (let n = 0; n < 10; n++) {
      expect(await throttle.attempt('192.0.2.1')).toBeNull();
      expect(await throttle.attempt(`2001:db8::${n}`)).toBeNull();
    }
    expect(await throttle.attempt('::ffff:192.0.2.1')).toBeGreaterThan(890);
    expect(await throttle.attempt('2001:db8:0:0:ffff::1')).toBeGreaterThan(890);
    expect(await throttle.attempt('2001:db8:0:1::1')).toBeNull();
    expect(await throttle.attempt('::ffff:192.0.2.2')).toBeNull();
  });
});
