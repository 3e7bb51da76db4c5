/**
 * The relevance track, as far as it can be checked without the texts (docs/attribution.md#relevance). It pays chunks of the
 * model's data for the phrases that they share with an answer. A claim lists, for each section of the answer, the chunks
 * that were picked and the phrases that each of them added to those before it. The shares follow from that.
 */
import { failWith, ok } from '../../src/lib/errors.ts';
import { type ContributionId, contributionId } from '../../src/lib/ids.ts';
import { divCeilNumber, minBig, mulDivFloor } from '../../src/lib/math.ts';
import { container, list, type Ssz, uint8, uint16, uint32, uint64, type ValueOf } from '../../src/lib/ssz.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';
import { INFO_MAX } from './info1.ts';
import type { Precedence } from './owners.ts';
import { CHUNK_TOKENS, ITEM_TOKENS_MAX, OUTPUT_TOKENS_MAX } from './parameters.ts';
import { PHRASE_TOKENS_MIN } from './phrases.ts';
import type { Attribution } from './scores.ts';

/** The tokens of a section of an answer; the last section may have fewer. */
export const SECTION_TOKENS = 512;
export const SECTIONS_MAX = OUTPUT_TOKENS_MAX >>> 9;
/** k: the most chunks that are picked for a section. */
export const PICKS_MAX = 16;
/** The fewest phrases that a pick has to add. */
export const PICK_PHRASES_MIN = 2;
/** Only the first so many chunks that hold a phrase can bear it. */
export const BEARERS_MAX = 3;
/** A section is paid in full if one part in so many of its information is shared. */
export const PAID_IN_FULL = 10n;
/** The shares of a receipt are counted in units of 2^-32 of its data money. */
export const SHARE_BITS = 32n;

const PhraseType = container({
  /** The position of the output at which it begins. */
  at: uint16,
  /** The token of the chunk at which it begins. Its end may lie in the next chunk of the item. */
  place: uint8,
  /** The mean information of its tokens where it stands in the output, rounded down, in Q8 bits. */
  bits: uint16,
  /** The index of a novel run of the contribution that has a token of it. */
  novelRun: uint16,
});
/** A phrase that an answer and a chunk share. */
export type Phrase = ValueOf<typeof PhraseType>;

const PickedChunkType = container({
  /** The contribution that holds it. */
  contribution: contributionId,
  /** The index of the item in the contribution. */
  item: uint32,
  /** The index of the chunk in the item. */
  chunk: uint16,
  /** The phrases that it adds to those of the picks before it, ascending by `at`. */
  phrases: list(PhraseType, CHUNK_TOKENS),
});
/** A chunk that was picked for a section. */
export type PickedChunk = ValueOf<typeof PickedChunkType>;

const SectionType = container({
  /** The information of all its tokens, in Q8 bits. */
  information: uint32,
  /** The picks in their order: by what they add, descending, and then by contribution, item and chunk. */
  picks: list(PickedChunkType, PICKS_MAX),
});
/** A section of an answer: 512 tokens, or what is left of it. */
export type Section = ValueOf<typeof SectionType>;

/** The sections of an answer, in order. */
export const SectionsType: Ssz<readonly Section[]> = list(SectionType, SECTIONS_MAX);

export const RelevanceShareType = container({
  /** The contribution that shares phrases with the answer. */
  contribution: contributionId,
  /** The part of the receipt's data money that its chunks weigh, times 2^32. */
  share: uint64,
});
/** What an answer shares with a contribution. */
export type RelevanceShare = ValueOf<typeof RelevanceShareType>;

/** Where a chunk is. */
export type ChunkPlace = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly chunk: number;
};

/** The order of chunks: that of the commits, then of the items. */
export const compareChunks = (a: ChunkPlace, b: ChunkPlace): number =>
  a.contribution - b.contribution || a.item - b.item || a.chunk - b.chunk;

/** Returns what a pick adds, in Q8 bits. */
export const addedBy = ({ phrases }: PickedChunk): number => phrases.reduce((sum, { bits }) => sum + bits, 0);

/** Returns the number of sections of an output. */
export const sectionsOf = (outputTokens: number): number => divCeilNumber(outputTokens, SECTION_TOKENS);

/** Returns the number of picks and of phrases of sections, which bound what it costs to check them. */
export const countPicks = (
  sections: readonly Section[],
): { readonly picks: number; readonly phrases: number } => {
  const picks = sections.flatMap((section) => section.picks);
  return { picks: picks.length, phrases: picks.reduce((sum, { phrases }) => sum + phrases.length, 0) };
};

/** What is known of the answer that sections are of. */
export type SectionContext = {
  readonly outputTokens: number;
  /** The least information of a token, in Q8 bits. */
  readonly infoMin: number;
  /** T, by the claim. */
  readonly total: number;
  readonly nobodys: Positions;
};

/** Positions of an output: 1 for each that is in the set. */
export type Positions = Uint8Array;

/** Returns the positions that the spans of a claim give to nobody: what several brought, and what a commons holds. */
export const nobodysOf = (
  { spans, sharedSpans }: Pick<Attribution, 'spans' | 'sharedSpans'>,
  commons: Precedence['commons'],
  outputTokens: number,
): Positions => {
  const positions = new Uint8Array(outputTokens);
  for (const { start, end } of sharedSpans) positions.fill(1, start, end);
  for (const { contribution, start, end } of spans)
    if (commons.has(contribution)) positions.fill(1, start, end);
  return positions;
};

const CHUNKS_MAX = ITEM_TOKENS_MAX >>> 6;

/** What names a phrase of a claim in a fault. */
type PhrasePlace = { readonly section: number; readonly pick: number; readonly at: number };

const badPhrase = (
  code:
    | 'CLAIM_PHRASE_RANGE'
    | 'CLAIM_PHRASE_ORDER'
    | 'CLAIM_PHRASE_BITS'
    | 'CLAIM_PHRASE_NOBODYS'
    | 'CLAIM_PHRASE_REPEATED',
  { section, pick, at }: PhrasePlace,
  why: string,
): Fault =>
  fault(code, `the phrase at ${at} of pick ${pick} of section ${section} ${why}`, { section, pick, at });

/** Checks the phrases of one pick. `seen` holds where the section's phrases begin so far. */
const checkPhrases = (
  { chunk, phrases }: PickedChunk,
  place: Omit<PhrasePlace, 'at'>,
  { outputTokens, nobodys }: SectionContext,
  seen: Set<number>,
): Fault | undefined => {
  const start = place.section * SECTION_TOKENS;
  const end = Math.min(start + SECTION_TOKENS, outputTokens);
  let previous = -1;
  for (const { at, place: token, bits } of phrases) {
    const bad = (code: Parameters<typeof badPhrase>[0], why: string): Fault =>
      badPhrase(code, { ...place, at }, why);
    if (at < start || at + PHRASE_TOKENS_MIN > end)
      return bad('CLAIM_PHRASE_RANGE', 'does not lie in the section');
    if (token >= CHUNK_TOKENS || chunk * CHUNK_TOKENS + token + PHRASE_TOKENS_MIN > ITEM_TOKENS_MAX)
      return bad(
        'CLAIM_PHRASE_RANGE',
        `begins at token ${token}, which is past the end of the chunk or of any item`,
      );
    if (bits < 1 || bits > INFO_MAX) return bad('CLAIM_PHRASE_BITS', `cannot bear ${bits}`);
    if (at <= previous) return bad('CLAIM_PHRASE_ORDER', 'does not come after the one before');
    if (seen.has(at)) return bad('CLAIM_PHRASE_REPEATED', 'was added by a pick before');
    if (nobodys[at] === 1) return bad('CLAIM_PHRASE_NOBODYS', 'begins with a token that belongs to nobody');
    seen.add(at);
    previous = at;
  }
  return undefined;
};

/** Checks the picks of one section, of which there are at most {@link PICKS_MAX}. */
const checkPicks = (
  picks: readonly PickedChunk[],
  section: number,
  context: SectionContext,
): Fault | undefined => {
  const seen = new Set<number>();
  let previous: PickedChunk | undefined;
  for (const [pick, picked] of picks.entries()) {
    const bad = (
      code: 'CLAIM_PICK_FEW' | 'CLAIM_PICK_RANGE' | 'CLAIM_PICK_ORDER' | 'CLAIM_PICK_REPEATED',
      why: string,
    ) => fault(code, `pick ${pick} of section ${section} ${why}`, { section, pick });
    if (picked.chunk >= CHUNKS_MAX)
      return bad('CLAIM_PICK_RANGE', `is of chunk ${picked.chunk}, past the end of any item`);
    if (picked.phrases.length < PICK_PHRASES_MIN)
      return bad('CLAIM_PICK_FEW', `adds ${picked.phrases.length} phrases, fewer than ${PICK_PHRASES_MIN}`);
    const wrong = checkPhrases(picked, { section, pick }, context, seen);
    if (wrong !== undefined) return wrong;
    if (picks.slice(0, pick).some((each) => compareChunks(each, picked) === 0))
      return bad('CLAIM_PICK_REPEATED', 'is of a chunk that was picked before');
    if (previous !== undefined) {
      const more = addedBy(picked) - addedBy(previous);
      if (more > 0 || (more === 0 && compareChunks(picked, previous) < 0))
        return bad('CLAIM_PICK_ORDER', 'should come before the one before it');
    }
    previous = picked;
  }
  return undefined;
};

/**
 * Checks the structure of sections. The caller checks, from the state, that the contributions are eligible and no commons, and
 * that the novel runs are declared and not struck. Faults: `CLAIM_SECTION_COUNT`, `CLAIM_SECTION_INFORMATION`,
 * `CLAIM_PICK_RANGE`, `CLAIM_PICK_FEW`, `CLAIM_PICK_ORDER`, `CLAIM_PICK_REPEATED`, `CLAIM_PHRASE_RANGE`, `CLAIM_PHRASE_BITS`,
 * `CLAIM_PHRASE_ORDER`, `CLAIM_PHRASE_REPEATED`, `CLAIM_PHRASE_NOBODYS`.
 */
export const checkSections = (sections: readonly Section[], context: SectionContext): Result<void> => {
  const { outputTokens, infoMin, total } = context;
  const expected = sectionsOf(outputTokens);
  if (sections.length !== expected)
    return fail('CLAIM_SECTION_COUNT', `an output of ${outputTokens} tokens has ${expected} sections`, {
      sections: sections.length,
    });
  let sum = 0;
  for (const [section, { information, picks }] of sections.entries()) {
    const tokens = Math.min(SECTION_TOKENS, outputTokens - section * SECTION_TOKENS);
    if (information < infoMin * tokens || information > INFO_MAX * tokens)
      return fail('CLAIM_SECTION_INFORMATION', `${tokens} tokens cannot bear ${information}`, { section });
    sum += information;
    const wrong = checkPicks(picks, section, context);
    if (wrong !== undefined) return failWith(wrong);
  }
  return sum === total
    ? ok(undefined)
    : fail('CLAIM_SECTION_INFORMATION', `the sections bear ${sum} together, and the output ${total}`, {
        sum,
        total,
      });
};

/**
 * Returns the share of the data money that each pick of a section weighs. A pick that adds `a` of the `A` that the picks of its
 * section add, in a section of information I, weighs ⌊a · min(I, 10·A) · 2^32 / (A·T)⌋.
 *
 * @param total - T, at least 1
 */
export const pickShares = ({ information, picks }: Section, total: number): readonly bigint[] => {
  const added = picks.map(addedBy);
  const all = BigInt(added.reduce((sum, each) => sum + each, 0));
  if (all === 0n) return picks.map(() => 0n);
  const paid = minBig(BigInt(information), PAID_IN_FULL * all);
  return added.map((each) => mulDivFloor(BigInt(each) * paid, 1n << SHARE_BITS, all * BigInt(total)));
};

/**
 * Returns the shares of the data money that the picks weigh, by contribution, ascending: the sums of {@link pickShares}.
 *
 * @param total - T, at least 1
 */
export const relevanceShares = (sections: readonly Section[], total: number): readonly RelevanceShare[] => {
  const shares = new Map<number, bigint>();
  for (const section of sections)
    for (const [i, share] of pickShares(section, total).entries()) {
      const contribution = section.picks[i]?.contribution ?? 0;
      shares.set(contribution, (shares.get(contribution) ?? 0n) + share);
    }
  return [...shares]
    .map(([contribution, share]) => ({ contribution, share }))
    .sort((a, b) => a.contribution - b.contribution);
};
