/**
 * Tokens by rules that can be varied, to measure what the protocol's rules should be: an independent program
 * that works on strings. Without marks it does what PT-1 does (docs/attribution.md#tokens).
 */
import { readFileSync } from 'node:fs';
import { utf8 } from '../../../src/lib/bytes.ts';
import type { LocatedTokens } from '../../../state/attribution/tokens.ts';

type Pt1 = Record<'space' | 'removed' | 'word', readonly (readonly [string, string])[]> & {
  readonly fold: readonly (readonly [string, string, number, number])[];
};
type Pt2 = { readonly mark: readonly (readonly [string, string])[] };

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../info-1/${name}`, import.meta.url), 'utf8'));

const OTHER = 0;
const WORD = 1;
const SPACE = 2;
const REMOVED = 3;
const MARK = 4;
const OPERATOR = 5;

const TOKEN_BYTES_MAX = 16;

export type Variant = {
  /** Whether marks separate, as spaces do; otherwise each is a token. */
  readonly marks: boolean;
  /** Marks that are letters of words all the same. */
  readonly letters?: string;
  /** Marks of which a run is a token. */
  readonly operators?: string;
  /** Whether a word ends before a capital that follows a small letter or a digit. */
  readonly camel?: boolean;
};

const CODE_POINTS = 0x110000;

const tables = ({ marks, letters = '', operators = '' }: Variant) => {
  const { space, removed, word, fold } = read('pt1.json') as Pt1;
  const classes = new Uint8Array(CODE_POINTS);
  const fill = (rows: readonly (readonly [string, string])[], value: number): void => {
    for (const [first, last] of rows)
      classes.fill(value, Number.parseInt(first, 16), Number.parseInt(last, 16) + 1);
  };
  if (marks) fill((read('pt2.json') as Pt2).mark, MARK);
  fill(word, WORD);
  fill(space, SPACE);
  fill(removed, REMOVED);
  for (const each of letters) classes[each.codePointAt(0) ?? 0] = WORD;
  for (const each of operators) classes[each.codePointAt(0) ?? 0] = OPERATOR;
  const folded = Uint32Array.from({ length: CODE_POINTS }, (_, c) => c);
  for (const [first, last, step, delta] of fold)
    for (let c = Number.parseInt(first, 16); c <= Number.parseInt(last, 16); c += step) folded[c] = c + delta;
  return { classes, folded };
};

const sizeOf = (c: number): number => (c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);

/** Makes a tokenizer. `starts` and `ends` of its tokens are places in the string, in UTF-16 code units. */
export const tokenizerOf = (variant: Variant): ((text: string) => LocatedTokens) => {
  const { classes, folded } = tables(variant);
  return (text) => {
    const words: string[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    let open = '';
    let openClass = WORD;
    let openBytes = 0;
    let from = 0;
    let until = 0;
    let wasSmall = false;
    const close = (): void => {
      if (open === '') return;
      words.push(open);
      starts.push(from);
      ends.push(until);
      open = '';
      openBytes = 0;
    };
    for (let at = 0, next = 0; at < text.length; at = next) {
      const c = text.codePointAt(at) ?? 0;
      next = at + (c > 0xffff ? 2 : 1);
      if (classes[c] === REMOVED) continue;
      const to = folded[c] ?? c;
      const kind = classes[to] ?? OTHER;
      const size = sizeOf(to);
      const joins = kind === WORD || kind === OPERATOR;
      if (!joins || kind !== openClass || openBytes + size > TOKEN_BYTES_MAX) close();
      if (variant.camel === true && wasSmall && to !== c) close();
      wasSmall = kind === WORD && to === c;
      if (kind === SPACE || kind === MARK) continue;
      if (open === '') from = at;
      open += String.fromCodePoint(to);
      openClass = kind;
      openBytes += size;
      until = next;
      if (!joins) close();
    }
    close();
    const bytes = utf8(words.join(''));
    const offsets = new Uint32Array(words.length + 1);
    for (const [i, word] of words.entries()) offsets[i + 1] = (offsets[i] ?? 0) + utf8(word).length;
    return {
      count: words.length,
      offsets,
      bytes,
      starts: Uint32Array.from(starts),
      ends: Uint32Array.from(ends),
    };
  };
};
