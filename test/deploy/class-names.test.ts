import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';

type NameClassesOnly = (program: string) => string;

const HELPER = 'var __name = (target, value) => Object.defineProperty(target, "name", { value, configurable: true });';

describe('the programs as one file each', () => {
  it('name classes and no function, and move nothing', async () => {
    const { nameClassesOnly } = (await import(pathToFileURL(resolve('scripts', 'class-names.mjs')).href)) as {
      nameClassesOnly: NameClassesOnly;
    };
    const program = [
      HELPER,
      'var Thing2 = class { static { __name(this, "Thing"); } };',
      'function merge3() { return 1; }',
      '__name(merge3, "merge");',
      'const outer = /* @__PURE__ */ __name((text) => {',
      '  const inner = /* @__PURE__ */ __name(async () => "a, b", "inner");',
      '  return [text, "__name(x, y)", inner];',
      '}, "outer");',
      'const made = { metatype: /* @__PURE__ */ __name(((it) => it), "metatype"), instance: null };',
      'return { Thing2, merge3, outer, made };',
    ].join('\n');

    // A function body may not be parsed as a module may.
    const whole = `export const run = () => {\n${program}\n};`;
    const named = nameClassesOnly(whole);

    expect(named).toHaveLength(whole.length);
    expect(named.match(/__name\((?!x)/g)).toEqual(['__name(']);
    const { run } = (await import(`data:text/javascript,${encodeURIComponent(named)}`)) as {
      run: () => { Thing2: { name: string }; merge3: () => number; outer: (text: string) => unknown[]; made: object };
    };
    const { Thing2, merge3, outer, made } = run();
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
