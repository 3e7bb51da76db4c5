/** Reads the tokens of an opening by their position, from any kind of committed text. */
import { equal } from '../../../src/lib/bytes.ts';
import { failWith, ok } from '../../../src/lib/errors.ts';
import { type Fault, fail, type Result } from '../errors.ts';
import { layOutItem, layOutText, type Stretch } from '../malformed.ts';
import {
  type ItemOpening,
  isAbsent,
  type Opening,
  openItem,
  openText,
  type Proven,
  type TextOpening,
} from '../openings.ts';
import type { CommittedText, ContributionSource, TextSource } from './subject.ts';

/** The tokens of an output, a prompt or an item, by their position in it. */
export type Reading = {
  readonly tokens: number;
  /** Returns a token; undefined if it was not opened, or is past the end. */
  token(position: number): Uint8Array | undefined;
};

const WRONG_KIND = fail('WITNESS_OPENING', 'an output or a prompt is opened as a text, an item as an item');

/**
 * The fault of a witness that opens a malformed text. Such an opening proves nothing about a claim: the text itself is
 * challenged by `malformed`. Nobody can have made an honest claim about such a text.
 */
const malformed = ({ code, message }: Fault): Result<never> =>
  fail('WITNESS_MALFORMED', `the text opened is malformed: ${message}`, { reason: code });

/** Checks an opening of a text against its root. Faults: `WITNESS_OPENING`, `WITNESS_ROOT`. */
export const provenText = (source: CommittedText, opening: Opening): Result<Proven<TextOpening>> =>
  opening.type === 'text' ? openText(opening.value, source.root, source.tokensMax) : WRONG_KIND;

/** Checks an opening of an item against its root. Faults: `WITNESS_OPENING` (also for another item), `WITNESS_ROOT`. */
export const provenItem = (
  { root }: ContributionSource,
  item: number,
  opening: Opening,
): Result<Proven<ItemOpening>> =>
  opening.type === 'item' && opening.value.item === item ? openItem(opening.value, root) : WRONG_KIND;

/** Reads a text. Faults: those of {@link provenText}, and `WITNESS_MALFORMED`. */
const readText = (source: CommittedText, opening: Opening): Result<Stretch> => {
  const opened = provenText(source, opening);
  if (!opened.ok) return opened;
  if (opened.value.tokens !== source.tokens)
    return malformed({ code: 'MALFORMED_TOKENS', message: `${opened.value.tokens} tokens` });
  const laidOut = layOutText(opened.value, source.tokensMax);
  return laidOut.ok ? laidOut : malformed(laidOut.fault);
};

/** Reads an item. Faults: `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_MALFORMED` (also if there is no such item). */
export const readItem = (
  contribution: ContributionSource,
  item: number,
  opening: Opening,
): Result<Reading> => {
  const opened = provenItem(contribution, item, opening);
  if (!opened.ok) return opened;
  if (isAbsent(opened.value))
    return malformed({ code: 'MALFORMED_ITEMS', message: `there is no item ${item}` });
  const laidOut = layOutItem(opened.value);
  return laidOut.ok ? laidOut : malformed(laidOut.fault);
};

/**
 * Reads an item like {@link readItem}, of a contribution that only the witness refers to. If that contribution has
 * another number of items than it declares, it is no evidence, because nobody has to assume that it is well-formed.
 */
export const readEvidence = (
  contribution: ContributionSource,
  item: number,
  opening: Opening,
): Result<Reading> => {
  const read = readItem(contribution, item, opening);
  if (!read.ok || opening.type !== 'item' || opening.value.items === contribution.items) return read;
  return malformed({ code: 'MALFORMED_ITEMS', message: `${opening.value.items} items` });
};

/** Reads the text that a claim is about. Faults: `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_MALFORMED`. */
export const readSource = (source: TextSource, opening: Opening): Result<Reading> => {
  if (source.type === 'text') return readText(source, opening);
  const { contribution, item, from, tokens } = source;
  const read = readItem(contribution, item, opening);
  if (!read.ok) return read;
  return ok({
    tokens,
    token: (position) => (position < tokens ? read.value.token(from + position) : undefined),
  });
};

const notOpened = (side: string, position: number): Fault => ({
  code: 'WITNESS_NOT_OPENED',
  message: `token ${position} of the ${side} is not opened`,
  data: { side, position },
});

/** Returns a token that has to be opened. Fault `WITNESS_NOT_OPENED`. */
export const openedToken = (reading: Reading, position: number, side: string): Result<Uint8Array> => {
  const token = reading.token(position);
  return token === undefined ? failWith(notOpened(side, position)) : ok(token);
};

/** A stretch of one text, and the place in another where the same tokens are claimed to stand. */
export type Alignment = { readonly start: number; readonly end: number; readonly place: number };

/**
 * Returns the tokens of [start, end) of `own`, if the same tokens stand in `source` from `place` on. Faults:
 * `WITNESS_NOT_OPENED`, `WITNESS_DIFFERS`.
 */
export const alignedTokens = (
  own: Reading,
  source: Reading,
  { start, end, place }: Alignment,
): Result<readonly Uint8Array[]> => {
  const tokens: Uint8Array[] = [];
  for (let i = start; i < end; i++) {
    const here = own.token(i);
    if (here === undefined) return failWith(notOpened('text', i));
    const there = source.token(place + i - start);
    if (there === undefined) return failWith(notOpened('source', place + i - start));
    if (!equal(here, there))
      return fail('WITNESS_DIFFERS', `token ${i} is not that of the source`, { position: i });
    tokens.push(here);
  }
  return ok(tokens);
};

/**
 * What a text has at a place instead of, or as, the token that is claimed to stand there. A malformed text has no
 * tokens.
 */
export type Holding = 'holds' | 'differs' | 'past its end' | 'malformed';

/**
 * Returns what a cited item has at `place`. Whoever cites an item must have had the whole text of its root. So the
 * citation is false too if the item is malformed where it is opened, or if it does not exist. The number of items that
 * its contribution declares does not matter: an honest claim may cite a contribution that declares a wrong number.
 * Faults: `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_NOT_OPENED`.
 *
 *
 * @param token - undefined if it is not opened; then the source has to end before the place, or be malformed
 */
export const holdingAt = (
  contribution: ContributionSource,
  item: number,
  opening: Opening,
  place: number,
  token: Uint8Array | undefined,
): Result<Holding> => {
  const opened = provenItem(contribution, item, opening);
  if (!opened.ok) return opened;
  // An absent item has no tokens.
  const laidOut = layOutItem(opened.value);
  if (!laidOut.ok) return ok('malformed');
  if (place >= laidOut.value.tokens) return ok('past its end');
  const there = openedToken(laidOut.value, place, 'source');
  if (!there.ok) return there;
  if (token === undefined) return failWith(notOpened('text', place));
  return ok(equal(token, there.value) ? 'holds' : 'differs');
};
