/** The import rules of docs/ARCHITECTURE.md: data goes one way, imports go only into the two waists. */
const mayImport = (name, folders) => ({
  name: `${name}-imports-only-what-it-may`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: `^src/(?!(?:${[name, ...folders].join('|')})/)[^/]+/` },
});
/** What anyone may import, but for the folders that import nothing of the project. */
const COMMON = ['access', 'tracing'];
const face = (waist) => ({
  name: `${waist}-only-through-its-index`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${waist}/` },
  to: { path: `^src/${waist}/`, pathNot: `^src/${waist}/index\\.ts$` },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/invoice/' },
      to: { path: ['^src/(?!invoice/)', 'node_modules/(@nestjs|kafkajs|mongoose|mongodb|fastify)'] },
    },
    ...['access', 'tracing', 'engines'].map((name) => mayImport(name, [])),
    mayImport('buffer', ['invoice', ...COMMON]),
    mayImport('store', ['invoice', ...COMMON]),
    mayImport('ingest', ['buffer', 'invoice', ...COMMON]),
    mayImport('processing', ['buffer', 'store', 'invoice', ...COMMON]),
    mayImport('dashboard', ['store', 'invoice', ...COMMON]),
    mayImport('ops', ['buffer', 'store', 'invoice', ...COMMON]),
    mayImport('cli', ['buffer', 'store', 'invoice', 'ingest', 'engines', ...COMMON]),
    face('buffer'),
    face('store'),
    {
      name: 'kafkajs-stays-in-buffer',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/buffer/' },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'mongoose-stays-in-store',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: 'node_modules/(mongoose|mongodb|@nestjs/mongoose)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
};
