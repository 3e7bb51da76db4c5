/** From an opening to tokens by position, whatever the text is committed as. */
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

/** Tokens of an output, a prompt or an item, by their position in it. */
export type Reading = {
  readonly tokens: number;
  /** Undefined if it was not opened, or is past the end. */
  token(position: number): Uint8Array | undefined;
};

const WRONG_KIND = fail('WITNESS_OPENING', 'an output or a prompt is opened as a text, an item as an item');

/**
 * What is opened of a malformed text proves nothing about a claim: the text itself falls, by `malformed`, and nobody
 * can have claimed anything honestly of a text that cannot be had.
 */
const malformed = ({ code, message }: Fault): Result<never> =>
  fail('WITNESS_MALFORMED', `the text opened is malformed: ${message}`, { reason: code });

/** Faults: `WITNESS_OPENING`, `WITNESS_ROOT`. */
export const provenText = (source: CommittedText, opening: Opening): Result<Proven<TextOpening>> =>
  opening.type === 'text' ? openText(opening.value, source.root, source.tokensMax) : WRONG_KIND;

/** Faults: `WITNESS_OPENING` (also of another item), `WITNESS_ROOT`. */
export const provenItem = (
  { root }: ContributionSource,
  item: number,
  opening: Opening,
): Result<Proven<ItemOpening>> =>
  opening.type === 'item' && opening.value.item === item ? openItem(opening.value, root) : WRONG_KIND;

/** Also `WITNESS_MALFORMED`. */
const readText = (source: CommittedText, opening: Opening): Result<Stretch> => {
  const opened = provenText(source, opening);
  if (!opened.ok) return opened;
  if (opened.value.tokens !== source.tokens)
    return malformed({ code: 'MALFORMED_TOKENS', message: `${opened.value.tokens} tokens` });
  const laidOut = layOutText(opened.value, source.tokensMax);
  return laidOut.ok ? laidOut : malformed(laidOut.fault);
};

/** Faults: `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_MALFORMED` (also if there is no such item). */
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
 * As {@link readItem}, of a contribution that the witness and not the claim has brought up: one that has not as many items
 * as it declares is no evidence, as nobody need have taken it for well-formed.
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

/** Faults: `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_MALFORMED`. */
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

/** Fault `WITNESS_NOT_OPENED`. */
export const openedToken = (reading: Reading, position: number, side: string): Result<Uint8Array> => {
  const token = reading.token(position);
  return token === undefined ? failWith(notOpened(side, position)) : ok(token);
};

/** A stretch of one text and where it is said to stand in another. */
export type Alignment = { readonly start: number; readonly end: number; readonly place: number };

/**
 * The tokens of [start, end) of `own`, if they stand in `source` from `place` on.
 * Faults: `WITNESS_NOT_OPENED`, `WITNESS_DIFFERS`.
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

/** Whether a text has, at a place, the token that is said to stand there; a malformed text holds nothing. */
export type Holding = 'holds' | 'differs' | 'past its end' | 'malformed';

/**
 * What a cited item holds at `place`. Who cites an item had it whole, as the text that its root is of, so if it is
 * malformed where it is opened, or is not there, then that was a lie too. How many items its contribution declares is
 * another matter: an honest claim may cite one that declares a wrong number.
 * Faults: `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_NOT_OPENED`.
 *
 * @param token - undefined if it is not opened: then the source has to end before, or be malformed
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
  // An item that is not there has no tokens.
  const laidOut = layOutItem(opened.value);
  if (!laidOut.ok) return ok('malformed');
  if (place >= laidOut.value.tokens) return ok('past its end');
  const there = openedToken(laidOut.value, place, 'source');
  if (!there.ok) return there;
  if (token === undefined) return failWith(notOpened('text', place));
  return ok(equal(token, there.value) ? 'holds' : 'differs');
};
