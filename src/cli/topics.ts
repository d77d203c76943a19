import { listTopics, type TopicPartition } from '../buffer/index.js';
import { settingsOfRunning } from './connection.js';

export interface TopicsOptions {
  all?: boolean;
  json?: boolean;
}

const COLUMNS = ['TOPIC', 'PARTITION', 'START', 'END', 'COMMITTED', 'LAG'] as const;

/** Prints every partition with its offsets and the group's position, as a table or as JSON lines. */
export async function topics(options: TopicsOptions): Promise<number> {
  const { kafka } = settingsOfRunning({ kafka: true });
  const partitions = await listTopics(kafka, options.all === true);
  if (options.json === true) {
    for (const partition of partitions) process.stdout.write(`${JSON.stringify(partition)}\n`);
    return 0;
  }
  process.stdout.write(tableOf(partitions));
  const lag = partitions.reduce((sum, partition) => sum + (partition.lag ?? 0), 0);
  process.stdout.write(`group ${kafka.groupId}: lag ${lag}\n`);
  return 0;
}

/** Text left, numbers right. */
function tableOf(partitions: readonly TopicPartition[]): string {
  const rows = partitions.map(({ topic, partition, start, end, committed, lag }) =>
    [topic, partition, start ?? '-', end ?? '-', committed ?? '-', lag ?? '-'].map(String),
  );
  const widths = COLUMNS.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [[...COLUMNS], ...rows]
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
    )
    .map((cells) => `${cells.join('  ')}\n`)
    .join('');
}
