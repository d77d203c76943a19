import { KAFKA_CONNECT, kafkaConnect } from '../peers/kafka-connect.mjs';
import { SPARK, spark } from '../peers/spark.mjs';
import { processingAlone } from './processing.mjs';

const COLLECTION = 'lines';
const TIMEOUT_MS = 10 * 60_000;
const POLL_MS = 50;

/** Inserts, at least once: what is replayed after a crash stops the sink or is there twice. */
export const peerConnectInsert = peer('peer-connect-insert', `${KAFKA_CONNECT}, unordered inserts`, (place) =>
  kafkaConnect({ ...place, mode: 'insert' }),
);

/** Idempotent upserts: the nearest that Kafka Connect has to exactly once. */
export const peerConnectUpsert = peer('peer-connect-upsert', `${KAFKA_CONNECT}, idempotent upserts`, (place) =>
  kafkaConnect({ ...place, mode: 'upsert' }),
);

export const peerSpark = peer('peer-spark', `${SPARK}, inserts`, spark);

/**
 * What people would pick instead, on the same records, from `ingestion-topic` to one document per line. Measured when
 * it is named only, since it has to be fetched.
 */
function peer(name, yardstickIs, commandOf) {
  return {
    name,
    unit: 'lines/s',
    better: 'more',
    yardstickIs,
    isOptional: true,
    bars: () => ({ bar: { ratio: 1 }, aim: { ratio: 1 } }),
    ours: processingAlone,
    yardstick: (run) => drain(run, commandOf),
  };
}

/** The records are there before the program starts; the clock runs from its first document to its last. */
async function drain({ stage, sizes }, commandOf) {
  const names = stage.names();
  const { ingestionTopic: topic, database } = names;
  const { lines } = sizes.peers;
  await stage.createTopic(topic);
  const file = await stage.data.file('canonical', lines);
  await stage.run('produce', { brokers: stage.brokers, topic, file, lines, warmupLines: 0, batch: 500 });
  const collection = stage.database(database).collection(COLLECTION);
  // What the same questions need.
  await collection.createIndexes([
    { key: { InvoiceNo: 1 } },
    { key: { CustomerID: 1, InvoiceDate: -1, InvoiceNo: -1 } },
    { key: { InvoiceDate: -1, InvoiceNo: -1 } },
  ]);
  const ends = await stage.admin.fetchTopicOffsets(topic);
  const { brokers, uri, folder, cacheDir } = stage;
  const place = { brokers, uri, folder, cacheDir, topic, database, collection: COLLECTION, partitions: ends.length };
  const { command, args, env } = await commandOf(place);
  return stage.sampled({}, async (sampler) => {
    const startedAtMs = Date.now();
    const { fromMs, toMs } = await stage.withProgram(command, args, env, async (program) => {
      sampler.add('peer', program.pid);
      const fromMs = await until(
        program,
        async () => (await collection.findOne({}, { projection: { _id: 1 } })) !== null,
      );
      // One record after another by its whole name: the local store searches the collection for anything else.
      for (const { partition, high } of ends) {
        const _id = `${topic}#${partition}#${Number(high) - 1}`;
        if (Number(high) > 0) await until(program, async () => (await collection.findOne({ _id })) !== null);
      }
      const toMs = Date.now();
      return { fromMs, toMs };
    });
    const stored = await collection.estimatedDocumentCount();
    if (stored !== lines) throw new Error(`${stored} of ${lines} lines were stored`);
    await stage.clear(names);
    const residentMb = Math.round(Math.max(...sampler.samples('peer').map(({ rssBytes }) => rssBytes)) / 1e6);
    const details = { lines, startMs: fromMs - startedAtMs, residentMb };
    return {
      value: lines / ((toMs - fromMs) / 1000),
      ...sampler.cost(lines, fromMs, toMs),
      details,
      window: { fromMs, toMs },
    };
  });
}

async function until(program, isTrue) {
  for (const deadline = Date.now() + TIMEOUT_MS; ;) {
    if (await isTrue()) return Date.now();
    program.alive();
    if (Date.now() > deadline) throw new Error(`not done within ${TIMEOUT_MS} ms: ${program.complaint()}`);
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}
