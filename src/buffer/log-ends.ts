import listOffsets from 'kafkajs/src/protocol/requests/listOffsets/index.js';
import { patchOnce } from '../patch-once.js';
import { changeRequests } from './change-requests.js';

const READ_UNCOMMITTED = 0;

/**
 * Has the end of a log be where it ends, for whoever does not say how to read it. kafkajs 2.2.4 takes the last stable
 * offset for it: while some producer leaves a transaction open, what others wrote behind that would not be seen to wait.
 */
export const tellWholeLogs = patchOnce(() =>
  changeRequests(listOffsets, 0, (create, content) =>
    create({ ...content, isolationLevel: content.isolationLevel ?? READ_UNCOMMITTED }),
  ),
);
