/** Turns the sections of a claim into what an explanation says of them. */
import { CHUNK_TOKENS } from '../../../state/attribution/parameters.ts';
import { halfWordsOf, PHRASE_TOKENS_MAX, phraseEnd } from '../../../state/attribution/phrases.ts';
import {
  addedBy,
  type PickedChunk,
  pickShares,
  SECTION_TOKENS,
  type Section,
  SHARE_BITS,
} from '../../../state/attribution/relevance.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import { type Tokens, tokenAt } from '../../../state/attribution/tokens.ts';
import { equal } from '../../lib/bytes.ts';
import { mulDivFloor, sumBig } from '../../lib/math.ts';
import { showUtf8 } from '../../lib/text.ts';
import type { Facts } from './facts.ts';
import type { Rest } from './money.ts';
import { ownPartOf } from './own-side.ts';
import type {
  ChunkPick,
  ChunkText,
  PhrasePayment,
  PhrasePiece,
  SharedPhrases,
  Sharer,
} from './shared-phrases.ts';
import { type LocatedText, locate } from './sources.ts';
import type { Names } from './tracing.ts';

/** Finds the token after the phrase that begins at a token. */
type EndOf = (at: number) => number | undefined;

const endsIn = ({ receipt }: Facts, tokens: Tokens): EndOf => {
  const halfWords = halfWordsOf(rulesOf(receipt.rules), tokens);
  return (at) => phraseEnd(halfWords, at);
};

const isSame = (a: Tokens, from: number, b: Tokens, pos: number, count: number): boolean => {
  if (from + count > a.count || pos + count > b.count) return false;
  for (let i = 0; i < count; i++) if (!equal(tokenAt(a, from + i), tokenAt(b, pos + i))) return false;
  return true;
};

/** Cuts the tokens [start, end) of a text where the mark of a token changes; together the pieces are the whole stretch. */
const cutByMark = <T>(
  { bytes, tokens }: LocatedText,
  start: number,
  end: number,
  markOf: (token: number) => T | undefined,
): readonly { readonly text: string; readonly mark: T | undefined }[] => {
  const startOf = (token: number): number => tokens.starts[token] ?? bytes.length;
  const pieces: { text: string; mark: T | undefined }[] = [];
  let shown = start === 0 ? 0 : startOf(start);
  const add = (to: number, mark: T | undefined): void => {
    if (to > shown) pieces.push({ text: showUtf8(bytes.subarray(shown, to)), mark });
    shown = to;
  };
  for (let t = start; t < end; ) {
    const mark = markOf(t);
    let last = t;
    while (last + 1 < end && markOf(last + 1) === mark) last += 1;
    if (mark !== undefined) {
      add(startOf(t), undefined);
      add(tokens.ends[last] ?? bytes.length, mark);
    }
    t = last + 1;
  }
  add(end >= tokens.count ? bytes.length : startOf(end), undefined);
  return pieces;
};

/** A pick with the stretches of the output and of its item that its phrases take. */
type Located = {
  readonly pick: ChunkPick;
  readonly covered: readonly { readonly start: number; readonly end: number }[];
};

const chunkText = (
  item: LocatedText,
  chunk: number,
  phrases: readonly { readonly pos: number; readonly end: number }[],
): ChunkText => {
  const start = chunk * CHUNK_TOKENS;
  const { count } = item.tokens;
  const end = Math.min(count, Math.max(start + CHUNK_TOKENS, ...phrases.map((each) => each.end)));
  if (start >= count)
    return { available: false, reason: `the item has ${count} tokens, and no chunk ${chunk}` };
  const shared = new Set(
    phrases.flatMap(({ pos, end: to }) => Array.from({ length: to - pos }, (_, i) => pos + i)),
  );
  return {
    available: true,
    start,
    end,
    pieces: cutByMark(item, start, end, (token) => (shared.has(token) ? true : undefined)).map(
      ({ text, mark }) => ({ text, isShared: mark === true }),
    ),
    cutBefore: start > 0,
    cutAfter: end < count,
  };
};

const whoOf = (facts: Facts, contribution: number, names: Names) => {
  const cited = facts.contributions.get(contribution);
  const owner = cited?.owner ?? null;
  return {
    contribution,
    owner,
    name: owner === null ? null : (names(owner) ?? null),
    datanet: cited?.datanet,
    own: ownPartOf(facts, owner, cited?.datanet?.id),
  };
};

/** Returns what a share of the receipt's data money is paid. */
const paymentOf = ({ receipt }: Facts, { rest, data }: Rest, share: bigint): PhrasePayment => {
  const own = receipt.split.data;
  const amount = data === 0n ? 0n : mulDivFloor(rest, own * share, data << SHARE_BITS);
  return {
    share,
    amount,
    nothing: amount > 0n ? null : own === 0n ? 'data' : rest === 0n ? 'spans' : 'rounding',
  };
};

const pickOf = (
  facts: Facts,
  picked: PickedChunk,
  payment: PhrasePayment,
  output: LocatedText | undefined,
  endOf: EndOf | undefined,
  names: Names,
): Located => {
  const { contribution, item: index, chunk } = picked;
  const shown = facts.contributions.get(contribution)?.items.get(index);
  const item = shown?.ok === true ? locate(shown.value) : undefined;
  const itemEnd = item === undefined ? undefined : endsIn(facts, item.tokens);
  const phrases = picked.phrases.map(({ at, place, bits }) => {
    const pos = chunk * CHUNK_TOKENS + place;
    const length = endOf === undefined ? (itemEnd?.(pos) ?? pos) - pos : (endOf(at) ?? at) - at;
    const isKnown = length > 0 && length <= PHRASE_TOKENS_MAX;
    const [from, to] = [output?.tokens.starts[at], output?.tokens.ends[at + length - 1]];
    return {
      pos,
      phrase: {
        start: at,
        end: isKnown ? at + length : null,
        bits,
        text:
          output === undefined || !isKnown || from === undefined || to === undefined
            ? null
            : showUtf8(output.bytes.subarray(from, to)),
        same:
          output === undefined || item === undefined
            ? null
            : isKnown && isSame(output.tokens, at, item.tokens, pos, length),
      },
    };
  });
  const places = phrases.map(({ pos, phrase: { start, end } }) => ({
    pos,
    end: pos + (end ?? start) - start,
  }));
  return {
    pick: {
      ...whoOf(facts, contribution, names),
      ...payment,
      item: index,
      chunk,
      added: addedBy(picked),
      phrases: phrases.map(({ phrase }) => phrase),
      text:
        item === undefined
          ? {
              available: false,
              reason: shown?.ok === false ? shown.fault.message : 'the item is not available',
            }
          : chunkText(item, chunk, places),
    },
    covered: phrases.flatMap(({ phrase: { start, end } }) => (end === null ? [] : [{ start, end }])),
  };
};

const sharersOf = (facts: Facts, rest: Rest, picks: readonly ChunkPick[]): readonly Sharer[] => {
  const by = Map.groupBy(picks.keys(), (place) => picks[place]?.contribution ?? 0);
  return [...by]
    .sort(([a], [b]) => a - b)
    .flatMap(([contribution, places]): readonly Sharer[] => {
      const own = places.flatMap((place) => picks[place] ?? []);
      const [first] = own;
      if (first === undefined) return [];
      const { owner, name, datanet, own: side } = first;
      return [
        {
          contribution,
          owner,
          name,
          datanet,
          own: side,
          ...paymentOf(facts, rest, sumBig(own.map(({ share }) => share))),
          picks: places,
          phrases: own.reduce((sum, { phrases }) => sum + phrases.length, 0),
          totals: facts.contributions.get(contribution)?.totals,
        },
      ];
    });
};

const piecesIn = (
  output: LocatedText,
  { start, end }: { readonly start: number; readonly end: number },
  located: readonly Located[],
  first: number,
): readonly PhrasePiece[] => {
  const owners = new Map<number, number>();
  // The phrases of two picks may overlap: a word is shown as that of the first.
  for (const [i, { covered }] of located.entries())
    for (const run of covered)
      for (let t = run.start; t < run.end; t++) if (!owners.has(t)) owners.set(t, first + i);
  return cutByMark(output, start, end, (token) => owners.get(token)).map(({ text, mark }) => ({
    text,
    pick: mark,
  }));
};

/**
 * Returns what an answer shares with the data, by the sections of its claim.
 * @param rest - what relevance divides
 */
export const sharedPhrasesOf = (
  facts: Facts,
  sections: readonly Section[],
  rest: Rest,
  output: LocatedText | undefined,
  names: Names,
): SharedPhrases => {
  const { receipt, settlement } = facts;
  const total = settlement?.outcome.total ?? 1;
  const endOf = output === undefined ? undefined : endsIn(facts, output.tokens);
  const picks: ChunkPick[] = [];
  const shown = sections.map((section, i) => {
    const shares = pickShares(section, total);
    const located = section.picks.map((picked, j) =>
      pickOf(facts, picked, paymentOf(facts, rest, shares[j] ?? 0n), output, endOf, names),
    );
    const first = picks.length;
    picks.push(...located.map(({ pick }) => pick));
    const run = {
      start: i * SECTION_TOKENS,
      end: Math.min((i + 1) * SECTION_TOKENS, receipt.tokensOut),
    };
    return {
      ...run,
      information: section.information,
      added: located.reduce((sum, { pick }) => sum + pick.added, 0),
      picks: [first, picks.length] as const,
      pieces: output === undefined ? undefined : piecesIn(output, run, located, first),
    };
  });
  const sharers = sharersOf(facts, rest, picks);
  const pool = rest.data === 0n ? 0n : mulDivFloor(rest.rest, receipt.split.data, rest.data);
  return {
    sections: shown,
    picks,
    sharers,
    pool,
    unfound: pool - sumBig(sharers.map(({ amount }) => amount)),
    basis: rest.basis,
  };
};
