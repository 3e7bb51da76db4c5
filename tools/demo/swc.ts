/** The SWC registry as Datanets: the author of each entry, and the notice with which all entries begin. */

import { equal } from '../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { RULES_DEFAULT, rulesOf } from '../../state/attribution/rules.ts';
import { type Tokens, tokenAt } from '../../state/attribution/tokens.ts';
import { swcAuthors, swcTexts } from './dataset.ts';

const { tokenizeText } = rulesOf(RULES_DEFAULT);

export type Entry = {
  readonly name: string;
  readonly text: string;
  /** The first author that `authors.json` lists. */
  readonly author: string;
};

export const swcEntries = (): readonly Entry[] => {
  const authors = swcAuthors();
  return swcTexts().map(({ name, text }) => {
    const author = authors[name]?.[0]?.[0];
    if (author === undefined)
      throw new CodedError(fault('DEMO_DATA', `authors.json names no author of ${name}`));
    return { name, text, author };
  });
};

/** Returns the sections of a Markdown text. Each begins at a heading; joined, they are the text. */
export const sectionsOf = (text: string): readonly string[] => {
  const sections: string[] = [];
  let fenced = false;
  for (const line of text.split(/(?<=\n)/)) {
    // A `#` in a code block is not a heading.
    if (line.startsWith('```')) fenced = !fenced;
    if (sections.length === 0 || (!fenced && /^#{1,6} /.test(line))) sections.push(line);
    else sections.push(`${sections.pop() ?? ''}${line}`);
  }
  return sections;
};

const startsWith = (tokens: Tokens, head: Tokens): boolean => {
  if (tokens.count < head.count) return false;
  for (let i = 0; i < head.count; i++) if (!equal(tokenAt(tokens, i), tokenAt(head, i))) return false;
  return true;
};

/**
 * Returns the first section, with which every entry begins: the same tokens in all of them, with different line breaks.
 */
export const noticeOf = (entries: readonly Pick<Entry, 'name' | 'text'>[]): string => {
  const [first] = entries;
  const notice = sectionsOf(first?.text ?? '')[0] ?? '';
  const head = unwrap(tokenizeText(notice));
  const other = entries.find(({ text }) => !startsWith(unwrap(tokenizeText(text)), head));
  if (head.count === 0 || other !== undefined)
    throw new CodedError(fault('DEMO_DATA', `${other?.name ?? 'no entry'} opens with another notice`));
  return notice;
};

/**
 * The entries of the third Datanet, one by each of several first authors. The entry that comes first is paid for the
 * notice.
 */
export const SMALL_DATANET = ['SWC-107', 'SWC-104', 'SWC-115', 'SWC-111'] as const;

/** The word that the copyist appends to the entry it copies. No entry contains it. */
export const ADDED_WORD = 'colophon';
/** The entry that is cloned. Its last passage bears 948 bits, more than any Imin that calibration can set. */
export const CLONED_ENTRY = 'SWC-107';

export const cloneOf = (text: string): string => `${text}${ADDED_WORD}\n`;
