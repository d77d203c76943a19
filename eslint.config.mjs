import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.docstream/', 'coverage/'] },
  ...tseslint.configs.strict,
  {
    rules: {
      // Rewriting an injected class's import to `import type` compiles and then fails at start.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      'max-lines': ['error', { max: 200, skipBlankLines: false, skipComments: false }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/cli/**', 'src/main.ts', 'scripts/**', 'bin/**', 'test/**', 'examples/**'],
    rules: { 'no-console': 'off' },
  },
  { files: ['test/**', 'scripts/**'], rules: { 'max-lines': 'off' } },
);
