import { join } from 'node:path';
import { createEnvironment, fetchJars, installOnce } from '../../dist/engines/index.js';

export const SPARK = 'Spark Structured Streaming 4.0.0 with its Kafka source and the MongoDB connector 10.5.0';

const ARTIFACTS = [
  'org.apache.spark:spark-sql-kafka-0-10_2.13:4.0.0',
  'org.mongodb.spark:mongo-spark-connector_2.13:10.5.0',
];

/** How the stream of `spark_stream.py` is started, in a Python environment of its own. */
export async function spark({ brokers, uri, folder, cacheDir, topic, database, collection }) {
  const jars = join(cacheDir, 'bench-spark-4.0.0');
  await installOnce(jars, { install: (target) => fetchJars(target, { what: SPARK, artifacts: ARTIFACTS }) });
  const environment = join(cacheDir, 'bench-pyspark-4.0.0');
  const wanted = { what: SPARK, requirement: 'pyspark==4.0.0' };
  await installOnce(environment, { install: (target) => createEnvironment(target, wanted) });
  const task = { brokers, uri, topic, database, collection, checkpoint: join(folder, `spark-${database}`) };
  const settings = {
    'spark.ui.enabled': 'false',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.extraClassPath': join(jars, '*'),
  };
  const configured = Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`]);
  const script = join(import.meta.dirname, 'spark_stream.py');
  const command = join(environment, 'bin', 'spark-submit');
  const args = ['--master', 'local[*]', ...configured, script, JSON.stringify(task)];
  // It becomes the Java process, which so has the pid.
  return { command, args, env: { SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: join(environment, 'bin', 'python') } };
}
