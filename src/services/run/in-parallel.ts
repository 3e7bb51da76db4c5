/**
 * The results of all, in order, some of them under way at a time: so that threads that answer always have a next question.
 * Stops at the first that throws.
 */
export const inParallel = async <T, R>(
  all: readonly T[],
  atOnce: number,
  run: (each: T) => Promise<R>,
): Promise<R[]> => {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    for (let i = next++; i < all.length && !failed; i = next++) {
      const each = all[i];
      if (each === undefined) return;
      try {
        results[i] = await run(each);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, work));
  return results;
};
