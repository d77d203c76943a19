import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SETTING_RULES } from '../src/config-table.js';

const readme = readFileSync('README.md', 'utf8');

describe('the README', () => {
  it.each(Object.entries(SETTING_RULES))(
    'has the row of %s (node scripts/settings-table.mjs writes it)',
    (name, rule) => {
      const fallback = rule.fallback === '' ? '' : `\`${rule.fallback}\``;
      expect(readme).toContain(`| \`${name}\` | ${fallback} | ${rule.about} |`);
    },
  );

  it('lists no setting that is not one', () => {
    const listed = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
    expect(listed).toEqual(Object.keys(SETTING_RULES));
  });
});
