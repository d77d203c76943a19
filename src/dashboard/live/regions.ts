import { randomBytes } from 'node:crypto';

/** Parts of a page as they are now, each with the version in which it changed last. */
export class Regions {
  /** Versions of another start of the process mean nothing here. */
  private readonly start = randomBytes(6).toString('hex');
  private readonly parts = new Map<string, { html: string; version: number }>();
  private version = 0;

  /** Takes note of what has changed. */
  update(parts: Readonly<Record<string, string>>): void {
    const changed = Object.entries(parts).filter(([name, html]) => this.parts.get(name)?.html !== html);
    if (changed.length > 0 || this.version === 0) this.version += 1;
    for (const [name, html] of changed) this.parts.set(name, { html, version: this.version });
  }

  /** All parts by name. */
  get all(): Record<string, string> {
    return Object.fromEntries(Array.from(this.parts, ([name, { html }]) => [name, html]));
  }

  /** Names the present state; for `versionOf`. */
  get id(): string {
    return `${this.start}-${this.version}`;
  }

  /** Which version an id means; -1, before all, for one that was not made here. */
  versionOf(id: unknown): number {
    const [start, version] = typeof id === 'string' ? id.split('-') : [];
    return start === this.start && /^\d{1,15}$/.test(version ?? '') ? Number(version) : -1;
  }

  /** What has changed since the version, as a server-sent event; null when nothing has. */
  eventSince(since: number): { version: number; text: string } | null {
    if (since >= this.version || this.version === 0) return null;
    const changed = [...this.parts].filter(([, { version }]) => version > since);
    const data = JSON.stringify(Object.fromEntries(changed.map(([name, { html }]) => [name, html])));
    return { version: this.version, text: `id: ${this.id}\nevent: regions\ndata: ${data}\n\n` };
  }
}
