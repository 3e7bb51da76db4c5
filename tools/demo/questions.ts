/** The questions that the payers of the two retrieval models ask. */
import { ADDED_WORD, type Entry, sectionsOf } from './swc.ts';

const section = (entry: Entry, heading: string): string => {
  const found = sectionsOf(entry.text).find((text) => text.startsWith(`${heading}\n`));
  return found === undefined ? '' : found.slice(heading.length).trim();
};

const titleOf = (entry: Entry): string => section(entry, '# Title').replace(/\s+/g, ' ');

/** Returns the first sentence of the description that has at least ten words, as somebody would paste it. */
const quoteOf = (entry: Entry): string | undefined =>
  section(entry, '## Description')
    .split(/(?<=\.)\s+/)
    .find((sentence) => sentence.split(/\s+/).length >= 10);

const NOTICE_QUESTIONS = [
  'Is the content of this registry still actively maintained?',
  'Where do I find currently maintained guidance for security reviewers?',
  'Has the SWC registry been thoroughly updated since 2020?',
] as const;

const ADDED_WORD_QUESTIONS = [
  `Is there a ${ADDED_WORD}?`,
  `Show me the sample that has the ${ADDED_WORD}.`,
] as const;

/**
 * Returns the questions for the registry: for each entry what it is and how it is avoided; about the notice; about the
 * word that only the clone has. Some questions quote an entry before they ask, so that the answer echoes its prompt.
 */
export const registryQuestions = (entries: readonly Entry[]): readonly string[] => [
  ...NOTICE_QUESTIONS,
  ...entries.flatMap((entry) => [
    `Give the description of ${titleOf(entry)}.`,
    `What remediation is recommended against ${titleOf(entry)}?`,
  ]),
  ...entries.flatMap((entry) => {
    const quote = quoteOf(entry);
    return quote === undefined ? [] : [`The registry says: ${quote} Can you describe this further?`];
  }),
  ...ADDED_WORD_QUESTIONS,
];

/** Returns the questions for the third Datanet. They do not ask about the clone, which that Datanet does not have. */
export const smallQuestions = (entries: readonly Entry[]): readonly string[] => [
  ...NOTICE_QUESTIONS,
  ...entries.map((entry) => `Give the description of ${titleOf(entry)}.`),
];
