// Gives scripts and the test set-up the TypeScript of src/engines without a build of everything else: it is transpiled
// file by file, so it works while other parts do not compile.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const cacheDir = join(root, '.docstream', 'cache');

/** The public face of src/engines. */
export async function loadEngines() {
  const { transformSync } = await import('@swc/core');
  const source = join(root, 'src', 'engines');
  const files = readdirSync(source).filter((name) => name.endsWith('.ts'));
  const hash = createHash('sha256');
  for (const name of files) hash.update(name).update(readFileSync(join(source, name)));
  const target = join(root, '.docstream', 'build', `engines-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(target)) {
    mkdirSync(dirname(target), { recursive: true });
    const draft = mkdtempSync(`${target}-`);
    for (const name of files) {
      const { code } = transformSync(readFileSync(join(source, name), 'utf8'), {
        filename: name,
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      });
      writeFileSync(join(draft, name.replace(/\.ts$/, '.js')), code);
    }
    try {
      renameSync(draft, target);
    } catch (error) {
      // Somebody else was quicker with the same files.
      if (!existsSync(target)) throw error;
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return import(pathToFileURL(join(target, 'index.js')).href);
}
