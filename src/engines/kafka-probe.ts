import { exchange } from './exchange.js';

const METADATA_KEY = 3;
const METADATA_VERSION = 5;

/**
 * Whether the broker at this loopback port takes part in its cluster: a Metadata answer that lists this very port.
 * An open port is not enough, for Kafka opens it before it may serve.
 */
export async function kafkaAnswers(port: number, timeoutMs = 1_000): Promise<boolean> {
  try {
    const answer = await exchange({ port, timeoutMs, request: metadataRequest(), frameBytes: kafkaFrameBytes });
    return brokerPorts(answer).includes(port);
  } catch {
    return false;
  }
}

/** Kafka frames a message with its length, not counting the four bytes of the length itself. */
const kafkaFrameBytes = (head: Buffer) => (head.length < 4 ? undefined : head.readInt32BE(0) + 4);

function metadataRequest(): Buffer {
  const client = Buffer.from('docstream-probe');
  const frame = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4 + 1);
  let at = frame.writeInt32BE(frame.length - 4, 0);
  at = frame.writeInt16BE(METADATA_KEY, at);
  at = frame.writeInt16BE(METADATA_VERSION, at);
  at = frame.writeInt32BE(1, at);
  at = frame.writeInt16BE(client.length, at);
  at += client.copy(frame, at);
  at = frame.writeInt32BE(0, at); // no topics, brokers only
  frame.writeInt8(0, at); // do not create topics
  return frame;
}

/** The brokers' ports: behind length, correlation id and throttle time come [id, host, port, nullable rack]. */
function brokerPorts(answer: Buffer): number[] {
  const count = answer.readInt32BE(12);
  const ports: number[] = [];
  let at = 16;
  for (let broker = 0; broker < count; broker += 1) {
    const hostBytes = answer.readInt16BE(at + 4);
    ports.push(answer.readInt32BE(at + 6 + hostBytes));
    const rackBytes = answer.readInt16BE(at + 10 + hostBytes);
    at += 12 + hostBytes + Math.max(rackBytes, 0);
  }
  return ports;
}
