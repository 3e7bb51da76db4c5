import { choice } from '../../../src/lib/choice.ts';
import { contributionId } from '../../../src/lib/ids.ts';
import {
  container,
  optional,
  root32,
  uint8,
  uint16,
  uint32,
  union,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import { type Fault, fault } from '../errors.ts';
import { ItemOpeningType, NovelRunOpeningType, OpeningType, PassagesOpeningType } from '../openings.ts';

/** Encoded; every witness that a wrong claim needs is smaller. */
export const WITNESS_BYTES_MAX = 16_384;

const InvalidWitnessType = container({
  part: choice(['match', 'echo']),
  /** An index into the claim's `matches`, or `x`. */
  index: uint16,
  at: uint16,
  text: OpeningType,
  source: OpeningType,
});
/** A claimed match, or echo, differs from its source `at` tokens after its start, or runs past its end there. */
export type InvalidWitness = ValueOf<typeof InvalidWitnessType>;

const InertWitnessType = container({
  index: uint16,
  at: uint16,
  side: choice(['output', 'source']),
  /** One of them lies over that position. */
  passages: PassagesOpeningType,
});
/** Calibration: a claimed match covers, `at` tokens after its start, a copied position of the output or its source. */
export type InertWitness = ValueOf<typeof InertWitnessType>;

const BetterWitnessType = container({
  position: uint16,
  start: uint16,
  end: uint16,
  contribution: contributionId,
  item: uint32,
  pos: uint32,
  output: OpeningType,
  source: OpeningType,
  /** Passages that show that nothing of the window is copied: required in a calibration, absent in a receipt. */
  outputPassages: optional(PassagesOpeningType),
  /** The same for the source, unless the source is a commons. */
  sourcePassages: optional(PassagesOpeningType),
});
/** A match [start, end) over `position`, which is claimed for a higher contribution id or not at all. */
export type BetterWitness = ValueOf<typeof BetterWitnessType>;

const EchoWitnessType = container({
  position: uint16,
  start: uint16,
  end: uint16,
  place: uint16,
  output: OpeningType,
  prompt: OpeningType,
});
/** A run [start, end) of the prompt's, from `place` of it on, over `position`, which is outside of the claimed x. */
export type EchoWitness = ValueOf<typeof EchoWitnessType>;

const InfoWitnessType = container({
  /** An index into the claim's `info`. */
  border: uint16,
  /** The chunk that the border is in; none for the end. In a calibration all from the border before on. */
  output: OpeningType,
  /** The passages over the piece before the border: required in a calibration, absent in a receipt. */
  passages: optional(PassagesOpeningType),
});
/** The claimed sum before a border is wrong. */
export type InfoWitness = ValueOf<typeof InfoWitnessType>;

const MalformedWitnessType = container({
  text: choice(['output', 'prompt', 'contribution']),
  opening: OpeningType,
});
/** A commitment that no text has. */
export type MalformedWitness = ValueOf<typeof MalformedWitnessType>;

const DrawWitnessType = container({
  /** One of them is the passage that holds the token drawn. */
  passages: PassagesOpeningType,
  /** The opening of the item drawn. */
  item: ItemOpeningType,
});
/** Calibration: the item, the position, the item's length or its prompt part is not what was drawn. */
export type DrawWitness = ValueOf<typeof DrawWitnessType>;

const OverlapWitnessType = container({
  run: NovelRunOpeningType,
  start: uint32,
  end: uint32,
  own: OpeningType,
  contribution: contributionId,
  item: uint32,
  pos: uint32,
  source: OpeningType,
});
/** A declared novel run has a token in a match [start, end) of its item with an earlier one. */
export type OverlapWitness = ValueOf<typeof OverlapWitnessType>;

const HarvestWitnessType = container({
  run: NovelRunOpeningType,
  start: uint32,
  end: uint32,
  own: OpeningType,
  batch: root32,
  index: uint16,
  at: uint16,
  output: OpeningType,
});
/** A declared novel run has a token in a stretch [start, end) that stands in an output, `at`, receipted before. */
export type HarvestWitness = ValueOf<typeof HarvestWitnessType>;

const PassageWitnessType = container({
  /** That passage alone. */
  passages: PassagesOpeningType,
  start: uint32,
  end: uint32,
  own: OpeningType,
  contribution: contributionId,
  item: uint32,
  pos: uint32,
  source: OpeningType,
});
/** A passage not declared copied has a token in a run [start, end) of its item that an earlier one holds. */
export type PassageWitness = ValueOf<typeof PassageWitnessType>;

const CopiedWitnessType = container({
  /** That passage alone. */
  passages: PassagesOpeningType,
  at: uint32,
  own: OpeningType,
  source: OpeningType,
});
/** A passage declared copied differs from its source `at` tokens after its start, or runs past its end there. */
export type CopiedWitness = ValueOf<typeof CopiedWitnessType>;

const BorderWitnessType = container({
  /** One passage of the item with its neighbours, or the two that should have it between them. */
  passages: PassagesOpeningType,
  item: ItemOpeningType,
});
/** The declared length or prompt part of an item is not its own. */
export type BorderWitness = ValueOf<typeof BorderWitnessType>;

export const DemandType = container({
  text: choice(['output', 'prompt', 'source']),
  /** The contribution id of a source; else 0. */
  contribution: contributionId,
  item: uint32,
  first: uint32,
  /** At most 64. Of an output: all its chunks. */
  count: uint8,
});
/** Names chunks that are not to be had; proves nothing. */
export type Demand = ValueOf<typeof DemandType>;

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
});
/** `{type, value}`, by the name of its type. */
export type Witness = ValueOf<typeof WitnessType>;

/** The stateless check of a challenge. Fault `WITNESS_TOO_LARGE`. */
export const checkWitness = (witness: Witness): Fault | undefined => {
  const size = WitnessType.encode(witness).length;
  return size > WITNESS_BYTES_MAX
    ? fault('WITNESS_TOO_LARGE', `a witness of ${size} bytes; at most ${WITNESS_BYTES_MAX}`, { size })
    : undefined;
};
