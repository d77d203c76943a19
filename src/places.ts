import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds `views`, `public` and `package.json`; the same from the sources, from `dist` and from `dist/bundle`. */
export const projectRoot = folderWith('package.json', dirname(fileURLToPath(import.meta.url)));

/** The program of the thread that processes, beside the one that starts it. */
export const threadProgram = new URL('processing/thread/main.js', import.meta.url);

/** What `package.json` says of docstream. */
export function readPackage(): { name: string; version: string } {
  const text = readFileSync(join(projectRoot, 'package.json'), 'utf8');
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return { name, version };
}

function folderWith(name: string, start: string): string {
  let folder = start;
  while (!existsSync(join(folder, name))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`no folder above ${start} holds ${name}`);
    folder = above;
  }
  return folder;
}
