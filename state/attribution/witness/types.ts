import { choice } from '../../../src/lib/choice.ts';
import { contributionId } from '../../../src/lib/ids.ts';
import {
  container,
  list,
  optional,
  root32,
  uint8,
  uint16,
  uint32,
  union,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import { CITING_PARTS, CLAIM_PARTS } from '../claim.ts';
import { type Fault, fault } from '../errors.ts';
import {
  ItemOpeningType,
  NovelRunOpeningType,
  NovelRunsOpeningType,
  OpeningType,
  PassagesOpeningType,
} from '../openings.ts';
import { CHUNK_TOKENS } from '../parameters.ts';
import { BEARERS_MAX } from '../relevance.ts';

/** The most bytes of an encoded witness. Every witness that a wrong claim needs is smaller. */
export const WITNESS_BYTES_MAX = 16_384;

const InvalidWitnessType = container({
  /** The list of the claim that the index is into: its matches, its echoes or its shared runs. */
  part: choice(CLAIM_PARTS),
  /** An index into `matches`, `x` or `shared` of the claim. */
  index: uint16,
  /** The number of tokens after the start of the run at which it differs. */
  at: uint16,
  /** The opening of the output, or of the drawn item, at that token. */
  text: OpeningType,
  /** The opening of the source at the same token: of a shared run, the item of the second contribution. */
  source: OpeningType,
});
/**
 * Proves that a claimed match, echo or shared run differs from its source `at` tokens after its start, or extends past its end
 * there.
 */
export type InvalidWitness = ValueOf<typeof InvalidWitnessType>;

const InertWitnessType = container({
  /** The list of the claim that the index is into: its matches or its shared runs. */
  part: choice(CITING_PARTS),
  /** An index into `matches` or `shared` of the claim. */
  index: uint16,
  /** The number of tokens after the start of the run. */
  at: uint16,
  /** Which side of the run is copied there: the drawn text, or the source, which of a shared run is the second contribution. */
  side: choice(['output', 'source']),
  /** Passages, one of which lies over that position. */
  passages: PassagesOpeningType,
});
/**
 * Proves, in a calibration, that a claimed match or shared run covers a copied position of the output or its source, `at`
 * tokens after its start.
 */
export type InertWitness = ValueOf<typeof InertWitnessType>;

const BetterWitnessType = container({
  /** The position of the output that is claimed wrongly. */
  position: uint16,
  /** The first position of the better match. */
  start: uint16,
  /** The position after its last one. */
  end: uint16,
  /** The contribution that it matches. */
  contribution: contributionId,
  /** The index of the matched item in that contribution. */
  item: uint32,
  /** The token of the item at which the match begins. */
  pos: uint32,
  /** The opening of the output over the match. */
  output: OpeningType,
  /** The opening of the item over the match. */
  source: OpeningType,
  /** Passages that prove that nothing of the window is copied: required in a calibration, absent in a receipt. */
  outputPassages: optional(PassagesOpeningType),
  /** The same for the source, unless the source is a commons. */
  sourcePassages: optional(PassagesOpeningType),
});
/**
 * Proves a match [start, end) over `position`, which is claimed for a contribution that comes later or not at all. In
 * version 2 of the rules a commons comes before all others.
 */
export type BetterWitness = ValueOf<typeof BetterWitnessType>;

const SharedWitnessType = container({
  /** The position of the output that the claim does not show as shared. */
  position: uint16,
  /** The first position of the shared run. */
  start: uint16,
  /** The position after its last one. */
  end: uint16,
  /** The index of the item that holds it in the contribution that owns the position by the claim. */
  ownItem: uint32,
  /** The token of that item at which the run begins. */
  ownPos: uint32,
  /** The contribution of another owner that holds it too. */
  contribution: contributionId,
  /** The index of the item in that contribution. */
  item: uint32,
  /** The token of that item at which the run begins. */
  pos: uint32,
  /** The opening of the output over the run. */
  output: OpeningType,
  /** The opening of the owner's item over the run. */
  own: OpeningType,
  /** The opening of the second contribution's item over the run. */
  source: OpeningType,
  /** Passages that prove that nothing of the run is copied in the output: required in a calibration, absent in a receipt. */
  outputPassages: optional(PassagesOpeningType),
  /** The same for the owner's item. */
  ownPassages: optional(PassagesOpeningType),
  /** The same for the second contribution's item. */
  sourcePassages: optional(PassagesOpeningType),
});
/** Proves that the owner of `position` is not the only one who brought a run [start, end) over it. */
export type SharedWitness = ValueOf<typeof SharedWitnessType>;

const EchoWitnessType = container({
  /** The position of the output that is outside of the claimed x. */
  position: uint16,
  /** The first position of the run. */
  start: uint16,
  /** The position after its last one. */
  end: uint16,
  /** The position of the prompt at which the run begins. */
  place: uint16,
  /** The opening of the output over the run. */
  output: OpeningType,
  /** The opening of the prompt over the run. */
  prompt: OpeningType,
});
/**
 * Proves that a run [start, end) also stands in the prompt, from `place` on. It covers `position`, which is outside of
 * the claimed x.
 */
export type EchoWitness = ValueOf<typeof EchoWitnessType>;

const InfoWitnessType = container({
  /** An index into `info` of the claim. */
  border: uint16,
  /** The chunk of the border; none for the end. In a calibration, all chunks from the previous border on. */
  output: OpeningType,
  /** The passages over the piece before the border: required in a calibration, absent in a receipt. */
  passages: optional(PassagesOpeningType),
});
/** Proves that the claimed sum before a border is wrong. */
export type InfoWitness = ValueOf<typeof InfoWitnessType>;

const MalformedWitnessType = container({
  /** Which text is malformed. */
  text: choice(['output', 'prompt', 'contribution']),
  /** The opening that shows it. */
  opening: OpeningType,
});
/** Proves that a commitment is one that no text has. */
export type MalformedWitness = ValueOf<typeof MalformedWitnessType>;

const DrawWitnessType = container({
  /** Passages, one of which holds the drawn token. */
  passages: PassagesOpeningType,
  /** The opening of the drawn item. */
  item: ItemOpeningType,
});
/**
 * Proves, in a calibration, that the item, the position, the length of the item or its prompt is not what was drawn.
 */
export type DrawWitness = ValueOf<typeof DrawWitnessType>;

const OverlapWitnessType = container({
  run: NovelRunOpeningType,
  /** The first token of the match in the own item. */
  start: uint32,
  /** The token after its last one. */
  end: uint32,
  /** The opening of the own item over the match. */
  own: OpeningType,
  /** The earlier contribution that it matches. */
  contribution: contributionId,
  /** The index of the matched item in that contribution. */
  item: uint32,
  /** The token of that item at which the match begins. */
  pos: uint32,
  /** The opening of that item over the match. */
  source: OpeningType,
});
/** Proves that a token of a declared novel run lies in a match [start, end) of its item with an earlier item. */
export type OverlapWitness = ValueOf<typeof OverlapWitnessType>;

const HarvestWitnessType = container({
  run: NovelRunOpeningType,
  /** The first token of the stretch in the own item. */
  start: uint32,
  /** The token after its last one. */
  end: uint32,
  /** The opening of the own item over the stretch. */
  own: OpeningType,
  /** The id of the transaction that carried the receipt of the output. */
  batch: root32,
  /** The place of that receipt in its batch, from 0. */
  index: uint16,
  /** The position of the output at which the stretch begins. */
  at: uint16,
  /** The opening of the output over the stretch. */
  output: OpeningType,
});
/**
 * Proves that a token of a declared novel run lies in a stretch [start, end) that also stands, from `at` on, in an
 * output which was recorded earlier.
 */
export type HarvestWitness = ValueOf<typeof HarvestWitnessType>;

const PassageWitnessType = container({
  /** The opening of that passage alone. */
  passages: PassagesOpeningType,
  /** The first token of the run in the own item. */
  start: uint32,
  /** The token after its last one. */
  end: uint32,
  /** The opening of the own item over the run. */
  own: OpeningType,
  /** The contribution that holds the run. */
  contribution: contributionId,
  /** The index of the item of that contribution. */
  item: uint32,
  /** The token of that item at which the run begins. */
  pos: uint32,
  /** The opening of that item over the run. */
  source: OpeningType,
});
/**
 * Proves that a token of a passage which was not declared copied lies in a run [start, end) of its item that an earlier
 * item holds.
 */
export type PassageWitness = ValueOf<typeof PassageWitnessType>;

const CopiedWitnessType = container({
  /** The opening of that passage alone. */
  passages: PassagesOpeningType,
  /** The number of tokens after the start of the passage at which it differs from its source. */
  at: uint32,
  /** The opening of the own item at that token. */
  own: OpeningType,
  /** The opening of the source at the same token. */
  source: OpeningType,
});
/**
 * Proves that a passage declared copied differs from its source `at` tokens after its start, or extends past its end
 * there.
 */
export type CopiedWitness = ValueOf<typeof CopiedWitnessType>;

const BorderWitnessType = container({
  /**
   * The opening of one passage of the item with its neighbours, or of the two passages that should have it between
   * them.
   */
  passages: PassagesOpeningType,
  item: ItemOpeningType,
});
/** Proves that the declared length or prompt of an item is not that in its commitment. */
export type BorderWitness = ValueOf<typeof BorderWitnessType>;

export const DemandType = container({
  /** Which text is demanded. */
  text: choice(['output', 'prompt', 'source']),
  /** The contribution id of a source; 0 for other texts. */
  contribution: contributionId,
  /** The index of the item in the contribution; 0 for other texts. */
  item: uint32,
  /** The index of the first chunk that is demanded. */
  first: uint32,
  /** The number of chunks, at most 64. A demand for an output names all its chunks. */
  count: uint8,
});
/** Demands to see chunks that are not available. It proves nothing by itself. */
export type Demand = ValueOf<typeof DemandType>;

/** A phrase of a claim, by its place in the list of sections. */
const phraseOfClaim = {
  /** The index of the section. */
  section: uint8,
  /** The index of the pick in the section. */
  pick: uint8,
  /** The index of the phrase in the pick. */
  phrase: uint8,
};

/** What shows that a place does not hold a phrase. */
const NotHeldType = union({
  /** The text at that place: one of its tokens is another, or the text has ended there. */
  source: OpeningType,
  /** The novel run that is named, of which no token is in the phrase; or the number of runs, if it is past their end. */
  novelRuns: NovelRunsOpeningType,
});
export type NotHeld = ValueOf<typeof NotHeldType>;

const AbsentWitnessType = container({
  ...phraseOfClaim,
  /** The opening of the output over the phrase. */
  output: OpeningType,
  /** Shows that the chunk of the pick does not hold the phrase there. */
  shown: NotHeldType,
});
/** Proves that a claimed phrase is not where it is claimed to be, or that the named novel run has no token of it. */
export type AbsentWitness = ValueOf<typeof AbsentWitnessType>;

const PromptedWitnessType = container({
  ...phraseOfClaim,
  /** The position of the prompt at which the phrase begins. */
  place: uint16,
  /** The opening of the output over the phrase. */
  output: OpeningType,
  /** The opening of the prompt over the phrase. */
  prompt: OpeningType,
});
/** Proves that a claimed phrase stands in the prompt. */
export type PromptedWitness = ValueOf<typeof PromptedWitnessType>;

const RepeatedWitnessType = container({
  ...phraseOfClaim,
  /** The earlier position of the section at which the phrase counts. */
  earlier: uint16,
  /** The opening of the output over the phrase. */
  output: OpeningType,
  /** The opening of the output over the phrase at the earlier position, and over the tokens that decide what it bears there. */
  before: OpeningType,
});
/** Proves that a claimed phrase counts at an earlier position of its section. */
export type RepeatedWitness = ValueOf<typeof RepeatedWitnessType>;

const ShownHolderType = container({
  /** The contribution that holds the phrase. */
  contribution: contributionId,
  /** The index of the item in that contribution. */
  item: uint32,
  /** The token of the item at which the phrase begins. */
  pos: uint32,
  /** The opening of the item over the phrase. */
  source: OpeningType,
});
export type ShownHolder = ValueOf<typeof ShownHolderType>;

const CrowdedWitnessType = container({
  ...phraseOfClaim,
  /** The opening of the output over the phrase. */
  output: OpeningType,
  /** As many chunks as may bear a phrase, ascending, that come before that of the pick. */
  holders: list(ShownHolderType, BEARERS_MAX),
});
/** Proves that the chunk of the pick is not among the first that hold a claimed phrase. */
export type CrowdedWitness = ValueOf<typeof CrowdedWitnessType>;

const BitsWitnessType = container({
  ...phraseOfClaim,
  /** The opening of the output over the phrase, and over the tokens that decide what it bears. */
  output: OpeningType,
});
/** Proves that a claimed phrase bears something else, or does not end within its section. */
export type BitsWitness = ValueOf<typeof BitsWitnessType>;

const SectionWitnessType = container({
  /** The index of the section. */
  section: uint8,
  /** The opening of the first chunk of the section. */
  start: OpeningType,
  /** The opening of the first chunk after the section; none after the last section, whose end is that of the output. */
  end: OpeningType,
});
/** Proves that a section bears something else than is claimed. */
export type SectionWitness = ValueOf<typeof SectionWitnessType>;

const HeldPhraseType = container({
  /** The position of the output at which it begins. */
  at: uint16,
  /** The token of the chunk at which it begins. */
  place: uint8,
});

const OutdoneWitnessType = container({
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
  /** The opening of the output from the start of the section to the last phrase, and over the tokens that decide what it bears. */
  output: OpeningType,
  /** The opening of the chunk, and of the next one if a phrase ends there. */
  source: OpeningType,
  /** The opening of novel runs, of which each phrase has a token. */
  novelRuns: NovelRunsOpeningType,
  /** Phrases that the chunk holds and no pick before has added, ascending by `at`. */
  phrases: list(HeldPhraseType, CHUNK_TOKENS),
});
/**
 * Shows that a chunk holds phrases that bear more than a pick has added, or as much if it comes before. Whether it is one of
 * those that bear them is for the attestor to say: see `excuses.ts`.
 */
export type OutdoneWitness = ValueOf<typeof OutdoneWitnessType>;

const ExcuseWitnessType = container({
  /** The id of the transaction of the `outdone` that was answered. */
  challenge: root32,
  /** The index of the excuse in the answer. */
  excuse: uint8,
  /** The index of the holder in the excuse; 0 for a place in the prompt. */
  holder: uint8,
  /** The opening of the output over the phrase. */
  output: OpeningType,
  /** The opening of the item, or of the prompt, at that place: one of its tokens is another, or the text has ended there. */
  shown: OpeningType,
});
/** Proves that an excuse is false by which the claim was answered for. */
export type ExcuseWitness = ValueOf<typeof ExcuseWitnessType>;

export const WitnessType = union({
  invalid: InvalidWitnessType,
  inert: InertWitnessType,
  better: BetterWitnessType,
  echo: EchoWitnessType,
  info: InfoWitnessType,
  malformed: MalformedWitnessType,
  demand: DemandType,
  draw: DrawWitnessType,
  overlap: OverlapWitnessType,
  harvest: HarvestWitnessType,
  passage: PassageWitnessType,
  copied: CopiedWitnessType,
  border: BorderWitnessType,
  shared: SharedWitnessType,
  absent: AbsentWitnessType,
  prompted: PromptedWitnessType,
  repeated: RepeatedWitnessType,
  crowded: CrowdedWitnessType,
  bits: BitsWitnessType,
  section: SectionWitnessType,
  outdone: OutdoneWitnessType,
  excuse: ExcuseWitnessType,
});
/** `{type, value}`, by the name of its type. */
export type Witness = ValueOf<typeof WitnessType>;

/** Checks a challenge without the state. Fault `WITNESS_TOO_LARGE`. */
export const checkWitness = (witness: Witness): Fault | undefined => {
  const size = WitnessType.encode(witness).length;
  return size > WITNESS_BYTES_MAX
    ? fault('WITNESS_TOO_LARGE', `a witness of ${size} bytes; at most ${WITNESS_BYTES_MAX}`, { size })
    : undefined;
};
