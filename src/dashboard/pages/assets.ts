import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../places.js';

export const viewsDir = join(projectRoot, 'views');
export const publicDir = join(projectRoot, 'public');

/** Where the files of `public` are served. The address changes with their content, so they may be kept for ever. */
export const assetRoot = `/assets/${contentHash(publicDir)}`;

function contentHash(dir: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(dir).sort()) hash.update(file).update(readFileSync(join(dir, file)));
  return hash.digest('hex').slice(0, 12);
}
