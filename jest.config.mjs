/** Tests run as ES modules through SWC; two ESM-only leaves are turned into CommonJS for jest on Node 20. */
const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
};

export default {
  testEnvironment: 'node',
  rootDir: '.',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.docstream'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { ...swc, module: { type: 'es6' } }],
    'node_modules/(content-disposition|cookie)/.+\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['node_modules/(?!(content-disposition|cookie)/)'],
  globalSetup: '<rootDir>/test/helpers/global-setup.mjs',
  globalTeardown: '<rootDir>/test/helpers/global-teardown.mjs',
  reporters: ['default', '<rootDir>/test/helpers/summary-reporter.mjs'],
  // Far more than any test takes: on a busy machine everything is slow, and what has a bound measures it itself.
  testTimeout: 600_000,
  // On two cores: long tests wait for engines to die and come back.
  maxWorkers: 3,
  // ES modules of the tests before stay in a worker's memory, and with them each collection of garbage gets longer.
  workerIdleMemoryLimit: '1GB',
};
