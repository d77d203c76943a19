import kafkajs, { type Message } from 'kafkajs';

type Choose = ReturnType<typeof kafkajs.Partitioners.DefaultPartitioner>;
type Metadata = Parameters<Choose>[0]['partitionMetadata'];
type Keyed = Pick<Message, 'key' | 'value'>;

/**
 * The partition of an output, as every Kafka client computes it from its key (murmur2). What has no key lies together: in
 * the partition with the number of the one that it came from, counted round where the topic has fewer. It goes by what its
 * own producer knows of the topic, since kafkajs leaves out the records for a partition that the producer does not know.
 */
export class OutputPartitioner {
  private readonly byKey = kafkajs.Partitioners.DefaultPartitioner();
  private readonly known = new Map<string, Metadata>();

  constructor(private readonly home: number) {}

  /** What kafkajs asks. A record keeps its partition when it is sent again, also where the topic has grown meanwhile. */
  readonly choose: Choose = ({ topic, partitionMetadata, message }) => {
    this.known.set(topic, partitionMetadata);
    message.partition ??= this.among(partitionMetadata, topic, message);
    return message.partition;
  };

  /** From the first record on that was sent to the topic. */
  knows(topic: string): boolean {
    return this.known.has(topic);
  }

  /** Of a topic that it knows. */
  partitionOf(topic: string, record: Keyed): number {
    return this.among(this.known.get(topic) ?? [], topic, record);
  }

  private among(partitionMetadata: Metadata, topic: string, { key, value }: Keyed): number {
    if (key === null || key === undefined) return this.home % partitionMetadata.length;
    return this.byKey({ topic, partitionMetadata, message: { key, value } });
  }
}
