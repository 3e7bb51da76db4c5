/**
 * A chunk that outdoes a pick, and what its attestor says to that (docs/disputes.md#outdone). Openings show that a chunk holds
 * phrases. They cannot show that it is one of the first chunks that do, because nobody can open all the others. So the attestor
 * names, for as many phrases as it takes, the chunks that come before, or where the phrase stands in the prompt. Each of these
 * excuses falls to one opening.
 */
import { ok } from '../../src/lib/errors.ts';
import { contributionId } from '../../src/lib/ids.ts';
import {
  container,
  list,
  optional,
  type Ssz,
  uint8,
  uint16,
  uint32,
  union,
  type ValueOf,
} from '../../src/lib/ssz.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';
import { CHUNK_TOKENS, ITEM_TOKENS_MAX } from './parameters.ts';
import { PHRASE_TOKENS_MIN } from './phrases.ts';
import {
  addedBy,
  BEARERS_MAX,
  type ChunkPlace,
  compareChunks,
  PICK_PHRASES_MIN,
  type PickedChunk,
} from './relevance.ts';

const OutdonePhraseType = container({
  /** The position of the output at which it begins. */
  at: uint16,
  /** The mean information of its tokens, in Q8 bits. */
  bits: uint16,
});

const OutdonePickType = container({
  contribution: contributionId,
  /** The index of the item in the contribution. */
  item: uint32,
  /** The index of the chunk in the item. */
  chunk: uint16,
  /** The sum of the bits of the phrases that it adds. */
  bits: uint32,
});
/** A pick of a claim, as far as it is compared with a chunk that outdoes it. */
export type OutdonePick = ValueOf<typeof OutdonePickType>;

export const OutdoneType = container({
  /** The index of the section. */
  section: uint8,
  /** The number of picks before the one that is outdone. */
  step: uint8,
  /** The contribution whose chunk adds more. */
  contribution: contributionId,
  /** The index of the item in the contribution. */
  item: uint32,
  /** The index of the chunk in the item. */
  chunk: uint16,
  /** The phrases that the chunk holds and no pick before has added, ascending by `at`. */
  phrases: list(OutdonePhraseType, CHUNK_TOKENS),
  /** The pick that is outdone, so that an answer is checked without the claim; null if there is none at that step. */
  pick: optional(OutdonePickType),
});
/** What an `outdone` has shown: a chunk that adds more than a pick, if it bears all of its phrases. */
export type Outdone = ValueOf<typeof OutdoneType>;

const HolderType = container({
  /** The contribution that holds the phrase. */
  contribution: contributionId,
  /** The index of the item in the contribution. */
  item: uint32,
  /** The index of the chunk in the item. */
  chunk: uint16,
  /** The token of the chunk at which the phrase begins. */
  place: uint8,
});
/** A place that holds a phrase, whether it is new there or not. */
export type Holder = ValueOf<typeof HolderType>;

const PromptPlaceType = container({
  /** The position of the prompt at which the phrase begins. */
  place: uint16,
});

const HoldersType = container({
  /** As many chunks as may bear a phrase, ascending, that come before the one that outdoes the pick. */
  places: list(HolderType, BEARERS_MAX),
});

const ReasonType = union({
  /** The phrase stands in the prompt. */
  prompt: PromptPlaceType,
  /** As many chunks as may bear it hold it before. */
  holders: HoldersType,
});

const ExcuseType = container({
  /** The index of the phrase in what was shown. */
  phrase: uint8,
  /** Why the chunk does not add it. */
  reason: ReasonType,
});
/** Says that a chunk does not add a phrase that it holds. */
export type Excuse = ValueOf<typeof ExcuseType>;

/** The excuses of one answer, ascending by phrase. */
export const ExcusesType: Ssz<readonly Excuse[]> = list(ExcuseType, CHUNK_TOKENS);

/** An `outdone` that was answered. */
export type Excused = { readonly outdone: Outdone; readonly excuses: readonly Excuse[] };

/** Returns what is compared of a pick. */
export const comparedPick = (pick: PickedChunk | undefined): OutdonePick | undefined => {
  if (pick === undefined) return undefined;
  const { contribution, item, chunk } = pick;
  return { contribution, item, chunk, bits: addedBy(pick) };
};

/** Returns whether a chunk that adds phrases of these bits comes before a pick; undefined where there is none. */
export const outdoes = (
  chunk: ChunkPlace,
  bits: readonly number[],
  pick: OutdonePick | undefined,
): boolean => {
  if (bits.length < PICK_PHRASES_MIN) return false;
  if (pick === undefined) return true;
  const more = bits.reduce((sum, each) => sum + each, 0) - pick.bits;
  return more > 0 || (more === 0 && compareChunks(chunk, pick) < 0);
};

/** Returns all places that excuses name. */
export const holdersIn = (excuses: readonly Excuse[]): readonly Holder[] =>
  excuses.flatMap(({ reason }) => (reason.type === 'holders' ? reason.value.places : []));

const badHolder = (why: string): Fault => fault('EXCUSE_HOLDERS', why);

const checkHolders = (
  { contribution, item, chunk }: Outdone,
  places: readonly Holder[],
): Fault | undefined => {
  if (places.length !== BEARERS_MAX)
    return badHolder(`${places.length} chunks are named, and ${BEARERS_MAX} may bear a phrase`);
  for (const [i, holder] of places.entries()) {
    const next = places[i + 1] ?? { contribution, item, chunk };
    if (compareChunks(holder, next) >= 0)
      return badHolder('the chunks do not ascend, or do not come before the one that outdoes the pick');
    if (
      holder.place >= CHUNK_TOKENS ||
      holder.chunk * CHUNK_TOKENS + holder.place + PHRASE_TOKENS_MIN > ITEM_TOKENS_MAX
    )
      return badHolder(`a phrase cannot begin at token ${holder.place} of chunk ${holder.chunk} of any item`);
  }
  return undefined;
};

/**
 * Checks the structure of excuses, and that the phrases which are left no longer outdo the pick. The caller checks, from the
 * state, that the places which they name may hold a phrase. Faults: `EXCUSE_PHRASE` (no such phrase, or out of order),
 * `EXCUSE_PROMPT` (past the end of the prompt), `EXCUSE_HOLDERS`, `EXCUSE_LEFT`.
 */
export const checkExcuses = (
  outdone: Outdone,
  excuses: readonly Excuse[],
  promptTokens: number,
): Result<void> => {
  let previous = -1;
  for (const { phrase, reason } of excuses) {
    if (phrase <= previous || phrase >= outdone.phrases.length)
      return fail('EXCUSE_PHRASE', `phrase ${phrase} is none of those shown, or out of order`, { phrase });
    previous = phrase;
    if (reason.type === 'prompt') {
      if (reason.value.place + PHRASE_TOKENS_MIN > promptTokens)
        return fail('EXCUSE_PROMPT', `the prompt ends before a phrase at ${reason.value.place} does`, {
          phrase,
        });
      continue;
    }
    const wrong = checkHolders(outdone, reason.value.places);
    if (wrong !== undefined)
      return fail(wrong.code, `phrase ${phrase}: ${wrong.message}`, { ...wrong.data, phrase });
  }
  const excused = new Set(excuses.map(({ phrase }) => phrase));
  const left = outdone.phrases.filter((_, i) => !excused.has(i)).map(({ bits }) => bits);
  return outdoes(outdone, left, outdone.pick)
    ? fail('EXCUSE_LEFT', `${left.length} phrases are left, which outdo the pick`, { phrases: left.length })
    : ok(undefined);
};
