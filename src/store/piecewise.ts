import type { Model } from 'mongoose';

/** A thousand took the local store a second. */
const PIECE = 100;

/**
 * Changes all documents that match when it gets to them, so few in one command that none outlasts the time that a command
 * may take. Asks after each whether to go on; where not, the rest stays as it is. Resolves with how many it has changed.
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
    const stillSo = { $and: [{ _id: { $in: ids } }, where] };
    changed += (await collection.updateMany(stillSo as object, update)).modifiedCount;
  };
  let ids: unknown[] = [];
  for await (const { _id } of collection.find(where, { projection: { _id: 1 } })) {
    if (ids.push(_id) < PIECE) continue;
    await change(ids);
    if (!(await goesOn())) return changed;
    ids = [];
  }
  if (ids.length > 0) await change(ids);
  return changed;
}
