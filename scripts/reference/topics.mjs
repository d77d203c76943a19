import { plannedTopics } from '../../dist/buffer/topics.js';
import { loadSettings } from '../../dist/config.js';
import { SETTING_RULES } from '../../dist/config-table.js';
import { code, table } from './table.mjs';

/** The topics as they are created where they do not exist. */
export function topicsPage() {
  const { kafka } = loadSettings({});
  const named = Object.entries(SETTING_RULES).filter(([name]) => /_TOPIC$/.test(name));
  const planned = new Map([1, 3].map((brokers) => [brokers, plannedTopics(kafka, brokers)]));
  const rows = planned.get(3).map(({ topic, numPartitions, replicationFactor, configEntries }) => {
    const [setting, { about }] = named.find(([, { fallback }]) => fallback === topic);
    const settings = configEntries.map(({ name, value }) => code(`${name}=${value}`)).join(', ');
    return [code(topic), about, code(setting), numPartitions, replicationFactor, settings];
  });
  const alone = planned.get(1)[0];
  return `# Topics

Created at start where they do not exist; what exists is left as it is, so an operator's own settings stand
(\`npx docstream doctor\` says which of them do harm). This is with three brokers or more; with one, replicas and in-sync
replicas are ${alone.replicationFactor}. \`DOCSTREAM_PARTITIONS\` counts when they are created; more can be added later. [CONTRACT.md](../CONTRACT.md#kafka) has what stands in the records.

${table(['topic', 'content', 'named by', 'partitions', 'replicas', 'settings'], rows)}
`;
}
