import type { Model } from 'mongoose';

/** They take the local store 0.15 s. */
const PIECE = 100;

/**
 * Changes all documents that match when it gets to them, so few in one command that none outlasts the time that a command
 * may take. Asks before each whether to go on; where not, the rest stays as it is. Resolves with how many it has changed.
 */
export async function changeInPieces<T>(
  model: Model<T>,
  where: object,
  update: object,
  goesOn: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<number> {
  const { collection } = model;
  let changed = 0;
  const change = async (ids: unknown[]) => {
    // The id first and not within `$and`: the local store looks for documents by the first field that has an index, and by
    // `state` 100 of 10,000 letters took it 2.5 s instead of 0.15 s.
    const stillSo = Object.assign({ _id: null }, where, { _id: { $in: ids } }) as object;
    changed += (await collection.updateMany(stillSo, update)).modifiedCount;
  };
  let ids: unknown[] = [];
  for await (const { _id } of collection.find(where, { projection: { _id: 1 } })) {
    if (ids.push(_id) < PIECE) continue;
    if (!(await goesOn())) return changed;
    await change(ids);
    ids = [];
  }
  if (ids.length > 0 && (await goesOn())) await change(ids);
  return changed;
}
