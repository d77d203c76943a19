import kafkajs from 'kafkajs';
import Cluster from 'kafkajs/src/cluster/index.js';
import { patchOnce } from '../patch-once.js';

/**
 * Has a question about the cluster fail as what it is where no broker answers. kafkajs 2.2.4 asks one broker after the
 * other, keeps what each failed of to itself, and answers null; whoever asked fails of that with a TypeError.
 */
export const failWithoutAnswer = patchOnce(() => {
  const { prototype } = Cluster;
  const original = prototype.metadata;
  prototype.metadata = async function metadata(this: typeof prototype, options) {
    const answer = await original.call(this, options);
    if (answer === null) throw new kafkajs.KafkaJSError('no broker answers', { retriable: true });
    return answer;
  };
});
