/** Cuts the text of an answer where what is said of its words changes. */
import { showUtf8 } from '../../lib/text.ts';
import type { Piece } from './explanation.ts';
import type { LocatedText } from './sources.ts';

type Run = { readonly start: number; readonly end: number };

export type Marks = {
  readonly spans: readonly Run[];
  readonly echoes: readonly Run[];
  /** What several brought. */
  readonly shared: readonly Run[];
  /** By place in the list of what is not credited: what is marked of it. */
  readonly uncredited: readonly (readonly Run[])[];
};

type Mark = {
  readonly span: number;
  readonly shared: number;
  readonly echo: boolean;
  readonly uncredited: number;
};

const NONE = -1;

/** The mark of each token. Each lies in at most one span and one uncredited run; where it lies in a span, only that counts. */
const marksOf = ({ spans, shared, echoes, uncredited }: Marks, tokens: number): readonly Mark[] => {
  const span = new Int32Array(tokens).fill(NONE);
  const run = new Int32Array(tokens).fill(NONE);
  const sharing = new Int32Array(tokens).fill(NONE);
  const echo = new Uint8Array(tokens);
  for (const [i, { start, end }] of spans.entries()) span.fill(i, start, end);
  for (const [i, { start, end }] of shared.entries()) sharing.fill(i, start, end);
  for (const { start, end } of echoes) echo.fill(1, start, end);
  for (const [i, marked] of uncredited.entries())
    for (const { start, end } of marked) run.fill(i, start, end);
  return Array.from({ length: tokens }, (_, t) => {
    const owned = span[t] ?? NONE;
    return owned === NONE
      ? { span: NONE, shared: sharing[t] ?? NONE, echo: echo[t] === 1, uncredited: run[t] ?? NONE }
      : { span: owned, shared: NONE, echo: false, uncredited: NONE };
  });
};

const isSame = (a: Mark, b: Mark | undefined): boolean =>
  b !== undefined &&
  a.span === b.span &&
  a.shared === b.shared &&
  a.echo === b.echo &&
  a.uncredited === b.uncredited;

const isPlain = ({ span, shared, echo, uncredited }: Mark): boolean =>
  span === NONE && shared === NONE && !echo && uncredited === NONE;

const pieceOf = ({ span, shared, echo, uncredited }: Mark, text: string): Piece => {
  if (span !== NONE) return { type: 'span', text, span };
  const also = uncredited === NONE ? {} : { uncredited };
  if (shared !== NONE) return { type: 'shared', text, shared, ...also };
  if (echo) return { type: 'echo', text, ...also };
  return uncredited === NONE ? { type: 'plain', text } : { type: 'uncredited', text, uncredited };
};

/** Returns the pieces: together they are the whole text. */
export const piecesOf = ({ bytes, tokens }: LocatedText, given: Marks): readonly Piece[] => {
  const marks = marksOf(given, tokens.count);
  const pieces: Piece[] = [];
  let shown = 0;
  const text = (to: number): string => {
    const out = showUtf8(bytes.subarray(shown, to));
    shown = to;
    return out;
  };
  const plain = (to: number): void => {
    const between = text(to);
    if (between !== '') pieces.push({ type: 'plain', text: between });
  };
  for (let t = 0; t < marks.length; ) {
    const mark = marks[t];
    let end = t + 1;
    while (end < marks.length && mark !== undefined && isSame(mark, marks[end])) end += 1;
    if (mark !== undefined && !isPlain(mark)) {
      plain(tokens.starts[t] ?? bytes.length);
      pieces.push(pieceOf(mark, text(tokens.ends[end - 1] ?? bytes.length)));
    }
    t = end;
  }
  plain(bytes.length);
  return pieces;
};
