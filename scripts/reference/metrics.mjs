import { code, table } from './table.mjs';

/** The metrics of docstream's own. */
export function metricsPage(metrics) {
  const own = metrics.filter(({ name }) => name.startsWith('docstream_'));
  const rows = own.map(({ name, type, help, labelNames }) => [code(name), type, labelNames.map(code).join(', '), help]);
  return `# Metrics

At \`/metrics\` in the Prometheus text format, besides those of the process (\`process_*\`, \`nodejs_*\`: CPU, memory, event
loop, garbage collection). What an instance has counted is of that instance alone; offsets and lag are of the cluster, and
the same in each. [monitoring](../../monitoring) has alert rules and a Grafana dashboard on them.

${table(['metric', 'type', 'labels', 'meaning'], rows)}
`;
}
