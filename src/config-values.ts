import { textOf } from './config-access.js';
import { ConfigError, type SettingRule } from './config-rules.js';
import { SETTING_RULES } from './config-table.js';

type Name = keyof typeof SETTING_RULES;
type Value<N extends Name> = (typeof SETTING_RULES)[N]['rule'] extends SettingRule<infer T> ? T : never;

/** The value of a setting, or its default. @throws ConfigError naming the variable, never its content */
export type Values = <N extends Name>(name: N) => Value<N>;

/** What the variables say. An unknown DOCSTREAM_* name is refused. */
export function valuesOf(env: NodeJS.ProcessEnv): Values {
  refuseUnknown(env);
  return <N extends Name>(name: N): Value<N> => {
    const { fallback, rule } = SETTING_RULES[name];
    const raw = textOf(env, name) ?? fallback;
    const value = (rule as SettingRule<Value<N>>)(raw);
    if (typeof value === 'object' && value !== null && 'refused' in value) {
      throw new ConfigError(name, String(value.refused));
    }
    return value as Value<N>;
  };
}

function refuseUnknown(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (name.startsWith('DOCSTREAM_') && !Object.hasOwn(SETTING_RULES, name)) {
      throw new ConfigError(name, 'is not a setting of docstream; see the table in README.md');
    }
  }
}
