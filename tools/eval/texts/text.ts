/** Texts of people: collected, cut to a size by a fixed rule, and divided by author into data and answers. */
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { sha256 } from '../../../src/lib/hash.ts';

/** What one author wrote, and the question that it answers, which is empty if there is none. */
export type Text = { readonly author: string; readonly prompt: string; readonly text: string };

export type TextCollection = {
  readonly name: string;
  /** What the texts are, and who counts as an author. */
  readonly description: string;
  /** The texts that are registered as data, together by author. */
  readonly data: readonly Text[];
  /**
   * Texts of authors who wrote none of the data. They stand for what people write by habit. If there are too
   * few authors to do without some, each is held out in turn.
   */
  readonly people: readonly Text[] | 'each author in turn';
  /** What every text opens with, as commons of the Datanet. */
  readonly notice?: string;
};

export type Sizes = {
  /** The most UTF-8 bytes of all data, of all answers, and of one author. */
  readonly dataBytes: number;
  readonly peopleBytes: number;
  readonly authorBytes: number;
};

/** A longer text is left out, because it would be most of what its author gives. */
const TEXT_BYTES_MAX = 32_768;
/** A shorter text bears too little to be traced. */
const TEXT_BYTES_MIN = 200;
/** One author in this many is held out. */
const HELD_OUT_EVERY = 4;

const digestOf = (text: string): string => toHex(sha256(utf8(text)));

const byDigest = <T>(list: readonly T[], of: (each: T) => string): readonly T[] =>
  list
    .map((each) => ({ each, digest: digestOf(of(each)) }))
    .sort((a, b) => (a.digest < b.digest ? -1 : 1))
    .map(({ each }) => each);

/** Takes whole texts, author by author, while there is room for them. */
const taken = (authors: readonly (readonly Text[])[], room: number, authorRoom: number): readonly Text[] => {
  const out: Text[] = [];
  let left = room;
  for (const texts of authors) {
    let own = authorRoom;
    for (const each of texts) {
      const { length } = utf8(each.text);
      if (length > own || length > left) continue;
      out.push(each);
      own -= length;
      left -= length;
    }
  }
  return out;
};

/**
 * Divides texts by author. The order of authors, and of the texts of each, is that of their SHA-256, so it
 * depends on nothing but the texts; one author in four is held out. A text that stands there twice is taken
 * once.
 */
export const heldOut = (
  all: readonly Text[],
  { dataBytes, peopleBytes, authorBytes }: Sizes,
): { readonly data: readonly Text[]; readonly people: readonly Text[] } => {
  const byAuthor = new Map<string, Text[]>();
  const seen = new Set<string>();
  for (const each of byDigest(all, ({ text, author }) => `${text}\0${author}`)) {
    const { length } = utf8(each.text);
    if (length < TEXT_BYTES_MIN || length > TEXT_BYTES_MAX || seen.has(each.text)) continue;
    seen.add(each.text);
    byAuthor.set(each.author, [...(byAuthor.get(each.author) ?? []), each]);
  }
  const authors = byDigest([...byAuthor.keys()], (author) => author).map(
    (author) => byAuthor.get(author) ?? [],
  );
  const out = (i: number): boolean => i % HELD_OUT_EVERY === HELD_OUT_EVERY - 1;
  return {
    data: taken(
      authors.filter((_, i) => !out(i)),
      dataBytes,
      authorBytes,
    ),
    people: taken(
      authors.filter((_, i) => out(i)),
      peopleBytes,
      authorBytes,
    ),
  };
};
