import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { javaClasses } from './java-classes.mjs';

export const SPARK = 'Spark Structured Streaming 4.0.0 with its Kafka source and the MongoDB connector 10.5.0';

const ARTIFACTS = [
  'org.apache.spark:spark-sql-kafka-0-10_2.13:4.0.0',
  'org.mongodb.spark:mongo-spark-connector_2.13:10.5.0',
];
const run = promisify(execFile);
const INSTALL_MS_MAX = 15 * 60_000;

/** How the stream of `spark_stream.py` is started, in a Python environment of its own. */
export async function spark({ brokers, uri, folder, topic, database, collection }) {
  const [jars, python] = await Promise.all([javaClasses('bench-spark-4.0.0', ARTIFACTS), pythonWithSpark()]);
  const task = { brokers, uri, topic, database, collection, checkpoint: join(folder, `spark-${database}`) };
  const settings = {
    'spark.ui.enabled': 'false',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.extraClassPath': join(jars, '*'),
    'spark.pyspark.python': python,
  };
  const configured = Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`]);
  const script = join(import.meta.dirname, 'spark_stream.py');
  const command = join(dirname(python), 'spark-submit');
  const args = ['--master', 'local[*]', ...configured, script, JSON.stringify(task)];
  // It becomes the Java process, which so has the pid.
  return { command, args, env: { SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: python } };
}

async function pythonWithSpark() {
  const folder = join(import.meta.dirname, '..', '..', '.docstream', 'cache', 'bench-pyspark-4.0.0');
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) return python;
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '-q', 'pyspark==4.0.0'], { timeout: INSTALL_MS_MAX });
  writeFileSync(join(folder, 'complete'), '');
  return python;
}
