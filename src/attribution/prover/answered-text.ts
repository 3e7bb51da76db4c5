/**
 * Texts from the answers to demands: texts that were not available until the chain made somebody show them. They may be
 * malformed, which is a reason to withhold them. Then a few of their chunks refute whoever committed to them.
 */
import {
  layOutItem,
  layOutText,
  malformedItem,
  malformedText,
  type Stretch,
} from '../../../state/attribution/malformed.ts';
import { type Opening, openItem, openText } from '../../../state/attribution/openings.ts';
import { CHUNK_TOKENS } from '../../../state/attribution/parameters.ts';
import type { Weighing } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { CommittedText } from '../../../state/attribution/witness/subject.ts';
import type { Root } from '../../lib/brands.ts';
import { invariant, ok } from '../../lib/errors.ts';
import { divCeilNumber } from '../../lib/math.ts';
import type { Fault, Result } from '../errors.ts';
import { proveOpened, proveTextChunks, type TextEvidence } from '../evidence/chunks.ts';
import { partialTokens } from './partial-tokens.ts';

/** The commitment of a text. */
export type Commitment = {
  readonly root: Root;
  /** The limit of an output or a prompt, and its numbers of tokens and bytes as declared. */
  readonly text?: Pick<CommittedText, 'tokensMax' | 'tokens' | 'bytes'>;
  /** The index of an item, and the number of items that its contribution declares. */
  readonly item?: { readonly item: number; readonly items: number };
};

export type AnsweredText =
  | { readonly type: 'known'; readonly tokens: Tokens; readonly evidence: TextEvidence }
  /** `opening` proves it, with as few chunks as possible. */
  | { readonly type: 'malformed'; readonly opening: Opening };

/**
 * Returns why nobody can have made an honest claim about the text. In an item only faults count that keep its tokens
 * from being read: bytes that are no token differ from every token of an output anyway.
 */
const fault = (opening: Opening, { root, text, item }: Commitment, weighing: Weighing): Fault | undefined => {
  if (opening.type === 'text') {
    const opened = openText(opening.value, root, text?.tokensMax ?? 0);
    return opened.ok && text !== undefined ? malformedText(opened.value, text, weighing) : undefined;
  }
  const opened = openItem(opening.value, root);
  if (!opened.ok) return undefined;
  if (opened.value.items !== item?.items)
    return malformedItem(opened.value, item?.items ?? 0, weighing.rules);
  const laidOut = layOutItem(opened.value);
  return laidOut.ok ? undefined : laidOut.fault;
};

/** The most neighbouring chunks that show what is wrong: a chunk, what decides about its tokens, and the sum after it. */
const NEIGHBOURS = 3;

/** Returns the smallest malformed opening: of no chunk, of one, or of neighbours. */
const smallest = (opening: Opening, commitment: Commitment, weighing: Weighing): Opening => {
  const { first, chunks } = opening.value;
  if (chunks.length === 0) return opening;
  const evidence = proveOpened(opening, commitment.root, commitment.text?.tokensMax ?? 0);
  const ranges: (readonly [number, number])[] = [[0, 0]];
  for (let count = 1; count <= NEIGHBOURS; count++)
    for (let chunk = first; chunk + count <= first + chunks.length; chunk++) ranges.push([chunk, count]);
  for (const [from, count] of ranges) {
    const smaller = evidence.openChunks(from, count);
    if (fault(smaller, commitment, weighing) !== undefined) return smaller;
  }
  return opening;
};

const layOut = (opening: Opening, { root, text }: Commitment): Result<Stretch> => {
  if (opening.type === 'item') {
    const opened = openItem(opening.value, root);
    return opened.ok ? layOutItem(opened.value) : opened;
  }
  const tokensMax = text?.tokensMax ?? 0;
  const opened = openText(opening.value, root, tokensMax);
  return opened.ok ? layOutText(opened.value, tokensMax) : opened;
};

/**
 * Returns evidence that opens chunks [first, first + count) from whichever answer has them, or from the whole text if
 * every chunk is known.
 */
const evidenceOf = (openings: readonly Opening[], { root, text }: Commitment): TextEvidence => {
  const tokensMax = text?.tokensMax ?? 0;
  const parts = openings.map((opening) => ({ opening, evidence: proveOpened(opening, root, tokensMax) }));
  const [head] = openings;
  if (head?.type === 'text') {
    const chunks = [...openings]
      .sort((a, b) => a.value.first - b.value.first)
      .flatMap(({ type, value }) => (type === 'text' ? value.chunks : []));
    if (chunks.length === head.value.count) return proveTextChunks(chunks, head.value, tokensMax);
  }
  const openChunks: TextEvidence['openChunks'] = (first, count) => {
    const part = parts.find(
      ({ opening: { value } }) =>
        count === 0 || (first >= value.first && first + count <= value.first + value.chunks.length),
    );
    invariant(part !== undefined, 'the chunks opened were shown by one answer');
    return part.evidence.openChunks(first, count);
  };
  return {
    root,
    openChunks,
    open: (start, end) => {
      if (start >= end) return openChunks(0, 0);
      const first = Math.floor(start / CHUNK_TOKENS);
      return openChunks(first, divCeilNumber(end, CHUNK_TOKENS) - first);
    },
  };
};

/**
 * Returns what one or more answers, which the chain has checked against the root, show of a text. An output or a prompt
 * whose length is not the declared one is malformed.
 */
export const answeredText = (
  openings: readonly Opening[],
  commitment: Commitment,
  weighing: Weighing,
): Result<AnsweredText> => {
  const stretches: Stretch[] = [];
  for (const opening of openings) {
    if (fault(opening, commitment, weighing) !== undefined)
      return ok({ type: 'malformed', opening: smallest(opening, commitment, weighing) });
    const stretch = layOut(opening, commitment);
    if (!stretch.ok) return stretch;
    stretches.push(stretch.value);
  }
  const tokens = partialTokens(stretches[0]?.tokens ?? 0, (position) => {
    for (const stretch of stretches) {
      const token = stretch.token(position);
      if (token !== undefined) return token;
    }
    return undefined;
  });
  return ok({ type: 'known', tokens, evidence: evidenceOf(openings, commitment) });
};
