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

/** The most bytes of an encoded witness. Every witness that a wrong claim needs is smaller. */
export const WITNESS_BYTES_MAX = 16_384;

const InvalidWitnessType = container({
  part: choice(['match', 'echo']),
  /** An index into `matches` or `x` of the claim. */
  index: uint16,
  at: uint16,
  text: OpeningType,
  source: OpeningType,
});
/**
 * Proves that a claimed match or echo differs from its source `at` tokens after its start, or extends past its end
 * there.
 */
export type InvalidWitness = ValueOf<typeof InvalidWitnessType>;

const InertWitnessType = container({
  index: uint16,
  at: uint16,
  side: choice(['output', 'source']),
  /** Passages, one of which lies over that position. */
  passages: PassagesOpeningType,
});
/**
 * Proves, in a calibration, that a claimed match covers a copied position of the output or its source, `at` tokens
 * after its start.
 */
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
  /** Passages that prove that nothing of the window is copied: required in a calibration, absent in a receipt. */
  outputPassages: optional(PassagesOpeningType),
  /** The same for the source, unless the source is a commons. */
  sourcePassages: optional(PassagesOpeningType),
});
/** Proves a match [start, end) over `position`, which is claimed for a higher contribution id or not at all. */
export type BetterWitness = ValueOf<typeof BetterWitnessType>;

const EchoWitnessType = container({
  position: uint16,
  start: uint16,
  end: uint16,
  place: uint16,
  output: OpeningType,
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
  text: choice(['output', 'prompt', 'contribution']),
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
  start: uint32,
  end: uint32,
  own: OpeningType,
  contribution: contributionId,
  item: uint32,
  pos: uint32,
  source: OpeningType,
});
/** Proves that a token of a declared novel run lies in a match [start, end) of its item with an earlier item. */
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
/**
 * Proves that a token of a declared novel run lies in a stretch [start, end) that also stands, from `at` on, in an
 * output which was recorded earlier.
 */
export type HarvestWitness = ValueOf<typeof HarvestWitnessType>;

const PassageWitnessType = container({
  /** The opening of that passage alone. */
  passages: PassagesOpeningType,
  start: uint32,
  end: uint32,
  own: OpeningType,
  contribution: contributionId,
  item: uint32,
  pos: uint32,
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
  at: uint32,
  own: OpeningType,
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
  text: choice(['output', 'prompt', 'source']),
  /** The contribution id of a source; 0 for other texts. */
  contribution: contributionId,
  item: uint32,
  first: uint32,
  /** The number of chunks, at most 64. A demand for an output names all its chunks. */
  count: uint8,
});
/** Demands to see chunks that are not available. It proves nothing by itself. */
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

/** Checks a challenge without the state. Fault `WITNESS_TOO_LARGE`. */
export const checkWitness = (witness: Witness): Fault | undefined => {
  const size = WitnessType.encode(witness).length;
  return size > WITNESS_BYTES_MAX
    ? fault('WITNESS_TOO_LARGE', `a witness of ${size} bytes; at most ${WITNESS_BYTES_MAX}`, { size })
    : undefined;
};
