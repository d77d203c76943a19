// The programs of dist, each with all its packages in one file: Node.js takes seconds to find and read two thousand
// files, and a tenth of that for one. dist itself stays as the compiler left it, for tools and for `npm run dev`.
import { build } from 'esbuild';
import { join } from 'node:path';
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
  // Packages and messages go by the names of classes.
  keepNames: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // What it exports is an object of a class, which a bundle would copy without its methods' `this`.
  external: ['mongoose'],
  banner: { js: COMMON_JS },
  legalComments: 'none',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [{ name: 'optional packages', setup: leaveOptional }],
});

/** Packages try for others that are not there, and go on without: those are still looked for when the program runs. */
function leaveOptional({ onResolve, resolve }) {
  onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...from }) => {
    if (pluginData === leaveOptional) return undefined;
    const { errors } = await resolve(path, { ...from, pluginData: leaveOptional });
    return errors.length > 0 ? { path, external: true } : undefined;
  });
}
