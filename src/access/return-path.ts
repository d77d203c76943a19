const HOME = '/dashboard';
const HERE = 'http://docstream.invalid';

/** The page that an address of a request or form names, as a path on this host and no other; the overview for any else. */
export function pagePath(text: unknown): string {
  if (typeof text !== 'string' || !text.startsWith('/') || !URL.canParse(text, HERE)) return HOME;
  const { origin, pathname, search, hash } = new URL(text, HERE);
  // Read as a browser reads it: `//`, `/\` and what has a tab in between lead to other hosts.
  const isDashboard = pathname === HOME || pathname.startsWith(`${HOME}/`);
  return origin === HERE && isDashboard ? `${pathname}${search}${hash}` : HOME;
}

/** Where to sign in, and what to come back to. */
export function signInPath(text: unknown): string {
  const page = pagePath(text);
  return page === HOME ? '/login' : `/login?next=${encodeURIComponent(page)}`;
}

/** Whether the address is one of people, who have a page for everything that can happen there. */
export function isPage(url: string): boolean {
  return /^\/(?:dashboard|login|logout)(?:[/?]|$)/.test(url);
}
