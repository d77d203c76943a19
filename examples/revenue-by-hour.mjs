// A summary of your own: revenue by hour of the day, live, from the topic of processed documents.
//   KAFKA_BROKERS=127.0.0.1:9092 node examples/revenue-by-hour.mjs
// Every stored line stands in spark-output exactly once, so adding up what comes is all there is to it: no duplicates, no
// dead letters, no line that is not stored. kafkajs reads committed records alone unless told otherwise.
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';

const brokers = (process.env.KAFKA_BROKERS ?? '127.0.0.1:9092').split(',');
const topic = process.env.DOCSTREAM_OUTPUT_TOPIC ?? 'spark-output';

// A group of its own for each run, which starts at the first record: the sums live in this process alone. To go on where
// it stopped, keep the sums where you commit the offsets.
const kafka = new kafkajs.Kafka({ clientId: 'revenue-by-hour', brokers, logLevel: kafkajs.logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `revenue-by-hour-${randomUUID()}` });
/** Ten-thousandths, because money is exact. */
const revenue = new Array(24).fill(0n);

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  eachBatch: async ({ batch }) => {
    for (const { value } of batch.messages) {
      for (const line of JSON.parse(value.toString()).lines) {
        revenue[new Date(line.invoiceDate).getUTCHours()] += BigInt(Math.round(Number(line.amount) * 10_000));
      }
    }
    const hours = revenue.flatMap((sum, hour) =>
      sum === 0n ? [] : [`${String(hour).padStart(2, '0')}:00 ${(Number(sum) / 10_000).toFixed(2)}`],
    );
    console.log(hours.join('  '));
  },
});
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => consumer.disconnect().then(() => process.exit(0)));
