import { rmSync } from 'node:fs';

/** Stops what the set-up started, and takes its data away. */
export default async function stopTestEngines() {
  const started = globalThis.docstreamTestEngines;
  if (!started) return;
  await Promise.all(started.engines.map((engine) => engine.stop()));
  rmSync(started.dataDir, { recursive: true, force: true });
}
