import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';

describe('the programs as one file each', () => {
  it('name classes and no function, and move nothing', async () => {
    const { nameClassesOnly } = (await import(pathToFileURL(resolve('scripts', 'class-names.mjs')).href)) as {
      nameClassesOnly: (program: string) => string;
    };
    const program = [
      'var __name = (target, value) => Object.defineProperty(target, "name", { value, configurable: true });',
      'var Thing2 = class { static { __name(this, "Thing"); } };',
      'function merge3() { return 1; }',
      '__name(merge3, "merge");',
      'const outer = /* @__PURE__ */ __name((text) => {',
      '  const inner = /* @__PURE__ */ __name(async () => "a, b", "inner");',
      '  return [text, "__name(x, y)", inner];',
      '}, "outer");',
      'const made = { metatype: /* @__PURE__ */ __name(((it) => it), "metatype"), instance: null };',
      'export { Thing2, merge3, outer, made };',
    ].join('\n');

    const named = nameClassesOnly(program);

    expect(named).toHaveLength(program.length);
    expect(named.match(/__name\((?!x)/g)).toEqual(['__name(']);
    const { Thing2, merge3, outer, made } = (await import(`data:text/javascript,${encodeURIComponent(named)}`)) as {
      Thing2: { name: string };
      merge3: () => number;
      outer: (text: string) => unknown[];
      made: object;
    };
    expect([Thing2.name, merge3.name, outer.name]).toEqual(['Thing', 'merge3', 'outer']);
    expect(outer('t')).toEqual(['t', '__name(x, y)', expect.any(Function)]);
    expect(made).toEqual({ metatype: expect.any(Function), instance: null });
  });

  it.each(['main', 'processing/thread/main', 'cli/main'])('%s is built so', (name) => {
    const program = readFileSync(join('dist', 'bundle', `${name}.js`), 'utf8');

    expect(program).toContain('__name(this, "Logger")');
    expect(program.match(/\b__name\((?!this, ")/g)).toBeNull();
  });
});
