/**
 * A model of the `retrieval` kind, as plain as can be: it answers with the passages of its data that share the most
 * telling words with the question. What it says is copied, so what it says can be traced.
 */
import { sectionsOf } from './swc.ts';

/** Words of an answer at most: a longer passage is cut at the end of a line. */
const PASSAGE_WORDS = 300;

const STOP_WORDS = new Set(
  'a an and are as at be by can do does for from has have how i in is it its of on or that the their this to what when which who why will with you'.split(
    ' ',
  ),
);

const wordsOf = (text: string): readonly string[] =>
  (text.toLowerCase().match(/[a-z0-9_]+/g) ?? []).filter((word) => word.length > 1 && !STOP_WORDS.has(word));

/** Cut between lines, so that no passage has more than `PASSAGE_WORDS`, but for a line that has more by itself. */
const cut = (section: string): readonly string[] => {
  const passages: string[] = [];
  let words = 0;
  for (const line of section.split(/(?<=\n)/)) {
    const count = line.split(/\s+/).length;
    if (passages.length === 0 || words + count > PASSAGE_WORDS) {
      passages.push(line);
      words = count;
    } else {
      passages.push(`${passages.pop() ?? ''}${line}`);
      words += count;
    }
  }
  return passages;
};

type Passage = { readonly text: string; readonly words: ReadonlyMap<string, number> };

export type Retriever = {
  /** The passage that answers best; of equals the first. Undefined if none shares a word with the question. */
  readonly answer: (question: string) => string | undefined;
};

/** @param texts - the items of the model's manifest, in order */
export const createRetriever = (texts: readonly string[]): Retriever => {
  // The same passage in many entries, as their notice, is one.
  const distinct = new Set(texts.flatMap((text) => sectionsOf(text).flatMap(cut)));
  const passages: Passage[] = [...distinct].map((text) => {
    const words = new Map<string, number>();
    for (const word of wordsOf(text)) words.set(word, (words.get(word) ?? 0) + 1);
    return { text, words };
  });
  const holders = new Map<string, number>();
  for (const { words } of passages)
    for (const word of words.keys()) holders.set(word, (holders.get(word) ?? 0) + 1);
  /** BM25 without its length correction (k1 = 1): rare words tell more, repeated ones not much more. */
  const score = ({ words }: Passage, question: ReadonlySet<string>): number => {
    let sum = 0;
    for (const word of question) {
      const count = words.get(word) ?? 0;
      if (count > 0) sum += Math.log(1 + passages.length / (holders.get(word) ?? 1)) * (count / (count + 1));
    }
    return sum;
  };
  return {
    answer: (question) => {
      const asked = new Set(wordsOf(question));
      let best: string | undefined;
      let most = 0;
      for (const passage of passages) {
        const points = score(passage, asked);
        if (points > most) {
          most = points;
          best = passage.text;
        }
      }
      return best;
    },
  };
};
