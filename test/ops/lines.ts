import kafkajs from 'kafkajs';
import { createKafka } from '../../src/buffer/index.js';
import type { Settings } from '../../src/config.js';

/** An item as the data set has it. */
export const line = (invoiceNo: string, extra: object = {}) => ({
  InvoiceNo: invoiceNo,
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: 6,
  InvoiceDate: '12/1/2010 8:26',
  UnitPrice: 2.55,
  CustomerID: 17850,
  Country: 'United Kingdom',
  ...extra,
});

/** Puts records into the ingestion topic the way a Kafka tool could; answers the position of the first. */
export async function produce(
  settings: Settings,
  messages: { key: string; value: string; headers?: Record<string, string | Buffer> }[],
): Promise<{ partition: number; offset: number }> {
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
  const producer = createKafka(settings.kafka).producer({ createPartitioner });
  await producer.connect();
  try {
    const [first] = await producer.send({ topic: settings.kafka.ingestionTopic, messages });
    return { partition: first?.partition ?? -1, offset: Number(first?.baseOffset ?? -1) };
  } finally {
    await producer.disconnect();
  }
}
