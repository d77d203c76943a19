import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from '@jest/globals';
import { runTool } from '../src/engines/tool.js';

it('docs/reference says what the code says (node scripts/reference.mjs writes it)', async () => {
  const { exitCode, stderr } = await runTool(process.execPath, ['scripts/reference.mjs', '--check'], {
    timeoutMs: 300_000,
  });
  expect([exitCode, stderr]).toEqual([0, '']);
});

it('every link from one page to another leads to a file that is there', () => {
  const inDocs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name));
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'deploy/kubernetes/README.md', ...inDocs];
  const broken = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) => {
      const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, to = '']) => to);
      const files = links.filter((to) => !/^[a-z]+:/.test(to)).map((to) => normalize(join(dirname(page), to)));
      return files.filter((file) => !existsSync(file)).map((file) => `${page} -> ${file}`);
    });
  expect(broken).toEqual([]);
});
