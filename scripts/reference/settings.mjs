import { SETTING_RULES } from '../../dist/config-table.js';
import { code, table } from './table.mjs';

/** Every setting, from the table that checks them at start. */
export function settingsPage() {
  const rows = Object.entries(SETTING_RULES).map(([name, { fallback, about }]) => [code(name), code(fallback), about]);
  return `# Settings

Environment variables or \`.env\`, read once at start. A bad value, or an unknown name with \`DOCSTREAM_\` before it, stops
the start with a line that names the variable and never its content.

${table(['setting', 'default', 'meaning'], rows)}
`;
}
