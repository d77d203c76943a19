import metadata from 'kafkajs/src/protocol/requests/metadata/index.js';
import { patchOnce } from '../patch-once.js';
import { changeRequests } from './change-requests.js';

/** As kafkajs tells the leader of a partition that has none. */
export const NO_LEADER = -1;

/**
 * Has a question about all topics answered although some partition has no leader, as one of somebody else's topic has
 * whose only broker is away. kafkajs 2.2.4 throws the whole answer away for it, so that nothing could start beside such a
 * topic. A question that names its topics fails as before: who reads or writes them has to wait for the leader.
 */
export const listLeaderless = patchOnce(() =>
  changeRequests(metadata, 0, (create, content) => {
    const { request, response } = create(content);
    if (content.topics.length > 0) return { request, response };
    return { request, response: { ...response, parse: (answer) => Promise.resolve(answer) } };
  }),
);
