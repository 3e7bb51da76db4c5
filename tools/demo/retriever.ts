/**
 * A very simple model of the `retrieval` kind: it answers with the passages of its data that share the most informative
 * words with the question. Its answers are copied text, so they can be traced.
 */
import { sectionsOf } from './swc.ts';

/** The most words of an answer: a longer passage is divided at the end of a line. */
const PASSAGE_WORDS = 300;

const STOP_WORDS = new Set(
  'a an and are as at be by can do does for from has have how i in is it its of on or that the their this to what when which who why will with you'.split(
    ' ',
  ),
);

const wordsOf = (text: string): readonly string[] =>
  (text.toLowerCase().match(/[a-z0-9_]+/g) ?? []).filter((word) => word.length > 1 && !STOP_WORDS.has(word));

/**
 * Divides a section between lines, so that no passage has more than `PASSAGE_WORDS`, except for a single longer line.
 */
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
  /**
   * Returns the passage that answers best, the first of equal ones; undefined if none shares a word with the question.
   */
  readonly answer: (question: string) => string | undefined;
};

/** @param texts - the items of the model's manifest, in order */
export const createRetriever = (texts: readonly string[]): Retriever => {
  // A passage that many entries have, such as the notice, is kept once.
  const distinct = new Set(texts.flatMap((text) => sectionsOf(text).flatMap(cut)));
  const passages: Passage[] = [...distinct].map((text) => {
    const words = new Map<string, number>();
    for (const word of wordsOf(text)) words.set(word, (words.get(word) ?? 0) + 1);
    return { text, words };
  });
  const holders = new Map<string, number>();
  for (const { words } of passages)
    for (const word of words.keys()) holders.set(word, (holders.get(word) ?? 0) + 1);
  /**
   * Returns the BM25 score without the length correction (k1 = 1): rare words count more, repeated ones little more.
   */
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

/** Returns the questions that a retriever over these texts has an answer to, with the answers. */
export const answersTo = (
  texts: readonly string[],
  questions: readonly string[],
): readonly { readonly prompt: string; readonly output: string }[] => {
  const retriever = createRetriever(texts);
  return questions.flatMap((prompt) => {
    const output = retriever.answer(prompt);
    return output === undefined ? [] : [{ prompt, output }];
  });
};
