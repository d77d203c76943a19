/** A change of a library's own code, for the whole process: however often it is asked for, it is made once. */
export function patchOnce(patch: () => void): () => void {
  let isMade = false;
  return () => {
    if (isMade) return;
    isMade = true;
    patch();
  };
}
