import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds `views`, `public` and `package.json`; the same from the sources and from the build. */
export const projectRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

export const viewsDir = join(projectRoot, 'views');
export const publicDir = join(projectRoot, 'public');

/** Where the files of `public` are served. The address changes with their content, so they may be kept for ever. */
export const assetRoot = `/assets/${contentHash(publicDir)}`;

function contentHash(dir: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(dir).sort()) hash.update(file).update(readFileSync(join(dir, file)));
  return hash.digest('hex').slice(0, 12);
}
