import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchJars, installOnce, KAFKA_VERSION } from '../../dist/engines/index.js';

export const KAFKA_CONNECT = `Kafka Connect ${KAFKA_VERSION} with the MongoDB sink 2.0.1`;

const ARTIFACTS = [
  `org.apache.kafka:connect-runtime:${KAFKA_VERSION}`,
  `org.apache.kafka:connect-json:${KAFKA_VERSION}`,
  'org.mongodb.kafka:mongo-kafka-connect:2.0.1',
  'org.slf4j:slf4j-simple:1.7.36',
];

/**
 * How a standalone worker with the MongoDB sink is started: one document per record, named by the record's place, so
 * that a record that comes again is seen. `insert`: unordered inserts (at least once). `upsert`: replaced where it is
 * there (idempotent). One task for each partition and bulk writes of 2,000 instead of 500 records: measured, the fastest.
 */
export async function kafkaConnect({ brokers, uri, folder, cacheDir, topic, database, collection, mode, partitions }) {
  const jars = join(cacheDir, `bench-kafka-connect-${KAFKA_VERSION}`);
  await installOnce(jars, { install: (target) => fetchJars(target, { what: KAFKA_CONNECT, artifacts: ARTIFACTS }) });
  const home = join(folder, `connect-${database}`);
  mkdirSync(home);
  const strategy = mode === 'insert' ? 'InsertOneDefaultStrategy' : 'ReplaceOneDefaultStrategy';
  const worker = write(join(home, 'worker.properties'), {
    'bootstrap.servers': brokers,
    listeners: 'http://127.0.0.1:0',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'offset.storage.file.filename': join(home, 'offsets'),
    'connector.client.config.override.policy': 'All',
    'plugin.discovery': 'only_scan',
  });
  const sink = write(join(home, 'sink.properties'), {
    name: database,
    'connector.class': 'com.mongodb.kafka.connect.MongoSinkConnector',
    'tasks.max': String(partitions),
    topics: topic,
    'connection.uri': uri,
    database,
    collection,
    'document.id.strategy': 'com.mongodb.kafka.connect.sink.processor.id.strategy.KafkaMetaDataStrategy',
    'writemodel.strategy': `com.mongodb.kafka.connect.sink.writemodel.strategy.${strategy}`,
    'bulk.write.ordered': 'false',
    'consumer.override.max.poll.records': '2000',
    'consumer.override.auto.offset.reset': 'earliest',
  });
  const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
  // The heap that bin/connect-standalone.sh gives it.
  return { command: 'java', args: ['-Xms256m', '-Xmx2g', '-cp', join(jars, '*'), main, worker, sink], env: {} };
}

function write(file, properties) {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''));
  return file;
}
