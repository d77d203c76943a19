// The programs of dist, each with all its packages in one file: Node.js takes seconds to find and read two thousand
// files, and a tenth of that for one. dist itself stays as the compiler left it, for tools and for `npm run dev`.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameClassesOnly } from './class-names.mjs';
import { root } from './setup.mjs';

/** Places in `dist/bundle` as in `dist`: a program finds the others beside it. */
const PROGRAMS = ['main', 'processing/thread/main', 'cli/main'];

/** What packages in CommonJS take to be there. */
const COMMON_JS = `import { createRequire as createRequire_ } from 'node:module';
const require = createRequire_(import.meta.url);
const __filename = import.meta.filename, __dirname = import.meta.dirname;`;

await build({
  entryPoints: PROGRAMS.map((name) => ({ in: join(root, 'dist', `${name}.js`), out: name })),
  outdir: join(root, 'dist', 'bundle'),
  absWorkingDir: root,
  bundle: true,
  // Packages and messages go by the names of classes; those of functions are taken away again.
  keepNames: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // What mongoose exports is an object of a class, which a bundle would copy without its methods' `this`; and there must be
  // one mongodb, of which src/store/lost-writes.ts changes something.
  external: ['mongoose', 'mongodb'],
  banner: { js: COMMON_JS },
  legalComments: 'none',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [{ name: 'optional packages', setup: leaveOptional }],
});

for (const name of PROGRAMS) {
  const file = join(root, 'dist', 'bundle', `${name}.js`);
  writeFileSync(file, nameClassesOnly(escapeWide(readFileSync(file, 'utf8'))));
}

/**
 * Writes the characters beyond Latin-1 as escapes, which mean the same in strings, patterns and names. esbuild leaves
 * them in patterns, and one is enough for V8 to hold the whole program in two bytes a character.
 */
function escapeWide(program) {
  if (/\\[^\0-\xff]/.test(program)) throw new Error('a bundle has a wide character that is escaped already');
  return program.replace(/[^\0-\xff]/g, (wide) => `\\u${wide.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Packages try for others that are not there, and go on without: those are still looked for when the program runs. */
function leaveOptional({ onResolve, resolve }) {
  onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...from }) => {
    if (pluginData === leaveOptional) return undefined;
    const { errors } = await resolve(path, { ...from, pluginData: leaveOptional });
    return errors.length > 0 ? { path, external: true } : undefined;
  });
}
