/** Suggestions after a typo. */

/** Returns what names the up to three names of a list that are most similar to a given one. */
export const createSimilar = (names: readonly string[]): ((asked: string) => readonly string[]) => {
  const known = names.map((name) => ({ name, pieces: bigrams(name.toLowerCase()) }));
  return (asked) => {
    const given = new Set(bigrams(asked.slice(0, ASKED_MAX).toLowerCase()));
    return known
      .map(({ name, pieces }) => {
        const shared = pieces.filter((piece) => given.has(piece)).length;
        return { name, score: (2 * shared) / (pieces.length + given.size) };
      })
      .filter((each) => each.score > 0.5)
      .sort((a, b) => b.score - a.score)
      .slice(0, 3)
      .map((each) => each.name);
  };
};

/** The characters of a name that are compared, and repeated in an error. */
export const ASKED_MAX = 80;

const bigrams = (text: string): readonly string[] =>
  Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2));
