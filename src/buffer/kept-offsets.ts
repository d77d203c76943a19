import OffsetManager from 'kafkajs/src/consumer/offsetManager/index.js';
import { patchOnce } from '../patch-once.js';

/**
 * Has a consumer whose position the log no longer has read on from the log's beginning, and lets the group's offset be:
 * it is the position of `spark-output`. kafkajs 2.2.4 commits -2 in its place, whatever `autoCommit` says, and how far the
 * topic had come would be known to nobody.
 */
export const keepGroupOffsets = patchOnce(() => {
  const { prototype } = OffsetManager;
  prototype.setDefaultOffset = async function setDefaultOffset(this: typeof prototype, { topic, partition }) {
    const { fromBeginning } = this.topicConfigurations[topic] ?? { fromBeginning: true };
    const [found] = await this.cluster.fetchTopicsOffset([{ topic, fromBeginning, partitions: [{ partition }] }]);
    const offset = found?.partitions[0]?.offset;
    const positions = this.resolvedOffsets[topic];
    if (offset !== undefined && positions !== undefined) positions[partition] = offset;
  };
});
