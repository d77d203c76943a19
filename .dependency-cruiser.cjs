/** The import rules of docs/ARCHITECTURE.md: data goes one way, imports go only into the two waists. */
const actor = (name, others) => ({
  name: `${name}-imports-only-the-waists`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: `^src/(${others.join('|')})/` },
});
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
    actor('access', ['ingest', 'processing', 'buffer', 'store', 'dashboard', 'ops', 'cli', 'engines', 'invoice']),
    actor('ingest', ['store', 'processing', 'dashboard', 'ops', 'cli', 'engines']),
    actor('processing', ['ingest', 'dashboard', 'ops', 'cli', 'engines']),
    actor('dashboard', ['ingest', 'processing', 'buffer', 'ops', 'cli', 'engines']),
    actor('buffer', ['ingest', 'processing', 'store', 'dashboard', 'ops', 'cli', 'engines']),
    actor('store', ['ingest', 'processing', 'buffer', 'dashboard', 'ops', 'cli', 'engines']),
    actor('engines', ['ingest', 'processing', 'buffer', 'store', 'dashboard', 'ops', 'cli', 'invoice']),
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
