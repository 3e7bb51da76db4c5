/** DEMAND: which chunks a challenger may demand to see on the chain, and which openings answer it. */
import { ok } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { divCeilNumber } from '../../../src/lib/math.ts';
import { fail, type Result } from '../errors.ts';
import { OPENED_CHUNKS_MAX, type Opening } from '../openings.ts';
import { CHUNK_TOKENS, ITEM_TOKENS_MAX } from '../parameters.ts';
import { PHRASE_TOKENS_MAX } from '../phrases.ts';
import { provenItem, provenText } from './reading.ts';
import type { ClaimSubject, ContributionSource, Demanded, TextSource } from './subject.ts';
import type { Demand } from './types.ts';

/** The number of chunks of the largest item. */
const ITEM_CHUNKS = ITEM_TOKENS_MAX >>> 6;

type Chunks = { readonly first: number; readonly past: number };

/** Returns the chunks in which tokens [from, from + tokens) lie. */
const chunksOf = (from: number, tokens: number): Chunks => ({
  first: from >>> 6,
  past: tokens === 0 ? from >>> 6 : divCeilNumber(from + tokens, CHUNK_TOKENS),
});

const chunksOfSource = (source: TextSource): Chunks =>
  source.type === 'text' ? chunksOf(0, source.tokens) : chunksOf(source.from, source.tokens);

const notThere = (message: string): Result<never> => fail('WITNESS_DEMAND', message);

const ofText = (source: TextSource, { first, count }: Demand): Demanded => ({
  source:
    source.type === 'text' ? source : { type: 'item', contribution: source.contribution, item: source.item },
  first,
  count,
});

type Cited = Chunks & { readonly contribution: ContributionId; readonly item: number };

/** Returns the chunks of items that a claim names: those of its runs, its picks, and the excuses that were given for it. */
const citedBy = ({ claim, relevance }: ClaimSubject): readonly Cited[] => [
  ...[...claim.matches, ...claim.shared].map(({ contribution, item, pos, start, end }) => ({
    contribution,
    item,
    ...chunksOf(pos, end - start),
  })),
  ...(relevance === undefined
    ? []
    : [
        ...relevance.sections.flatMap(({ picks }) =>
          picks.flatMap(({ phrases, ...chunk }) => phrases.map(({ place }) => ({ ...chunk, place }))),
        ),
        ...relevance.excusedHolders(),
      ]
  ).map(({ contribution, item, chunk, place }) => ({
    contribution,
    item,
    // As far as the longest phrase may reach.
    ...chunksOf(chunk * CHUNK_TOKENS + place, PHRASE_TOKENS_MAX),
  })),
];

/**
 * Returns the chunks that a demand asks for: all of the output, chunks of the prompt, or chunks of an item that include
 * one in which a match, a shared run or a phrase of the claim lies, or one of an excuse. The caller knows whether they were
 * demanded before, and how many demands are open. Fault `WITNESS_DEMAND`.
 */
export const demandedOf = (subject: ClaimSubject, demand: Demand): Result<Demanded> => {
  const { text, contribution, item, first, count } = demand;
  if (count < 1 || count > OPENED_CHUNKS_MAX)
    return notThere(`a demand is for 1 to ${OPENED_CHUNKS_MAX} chunks`);
  if (text === 'source') {
    const isCited = citedBy(subject).some(
      (place) =>
        place.contribution === contribution &&
        place.item === item &&
        first < place.past &&
        place.first < first + count,
    );
    const cited = subject.source(contribution);
    return isCited && cited !== undefined
      ? ok({ source: { type: 'item', contribution: cited, item }, first, count })
      : notThere(`the claim names nothing in those chunks of item ${item} of contribution ${contribution}`);
  }
  if (contribution !== 0 || item !== 0) return notThere(`the ${text} has no contribution and no item`);
  const source = subject[text];
  const chunks = chunksOfSource(source);
  const isWithin =
    text === 'output'
      ? first === chunks.first && first + count === chunks.past
      : first >= chunks.first && first + count <= chunks.past;
  return isWithin ? ok(ofText(source, demand)) : notThere(`the ${text} has other chunks`);
};

/**
 * Returns the chunks that a demand against a contribution asks for, as if the item had the most chunks that an item may
 * have. The answer shows how many it has. Fault `WITNESS_DEMAND`.
 */
export const demandedOfContribution = (
  demanded: ContributionSource,
  { text, contribution, item, first, count }: Demand,
): Result<Demanded> => {
  if (text !== 'source' || contribution !== demanded.contribution || item >= demanded.items)
    return notThere(`contribution ${demanded.contribution} has no such item`);
  return count < 1 || count > OPENED_CHUNKS_MAX || first + count > ITEM_CHUNKS
    ? notThere(`a demand is for 1 to ${OPENED_CHUNKS_MAX} of the ${ITEM_CHUNKS} chunks of an item`)
    : ok({ source: { type: 'item', contribution: demanded, item }, first, count });
};

/**
 * Checks an answer. It opens all demanded chunks; if the commitment has fewer, it opens those that exist and so proves
 * that there are no more. The chunks may be malformed, which everyone can see then. Faults: `WITNESS_OPENING`,
 * `WITNESS_ROOT`, `WITNESS_ANSWER`.
 */
export const checkAnswer = ({ source, first, count }: Demanded, answer: Opening): Result<void> => {
  const opened =
    source.type === 'text'
      ? provenText(source, answer)
      : provenItem(source.contribution, source.item, answer);
  if (!opened.ok) return opened;
  const { count: committed, chunks, first: from } = opened.value;
  const asked = Math.max(0, Math.min(first + count, committed) - first);
  return chunks.length === asked && (asked === 0 || from === first)
    ? ok(undefined)
    : fail('WITNESS_ANSWER', `${asked} chunks from ${first} on were demanded`, { first, chunks: asked });
};
