/** The witnesses of docs/disputes.md: what a challenger shows, and nothing that the chain can find by itself. */
import type { Root } from '../../../src/lib/brands.ts';
import { choice } from '../../../src/lib/choice.ts';
import {
  container,
  list,
  root32,
  type Ssz,
  uint8,
  uint16,
  uint32,
  union,
  type Variant,
} from '../../../src/lib/ssz.ts';
import { type Fault, fault } from '../errors.ts';
import {
  type ItemOpening,
  ItemOpeningType,
  type NovelRunOpening,
  NovelRunOpeningType,
  type Opening,
  OpeningType,
  type PassagesOpening,
  PassagesOpeningType,
} from '../openings.ts';

/** Encoded; every witness that a wrong claim needs is smaller. */
export const WITNESS_BYTES_MAX = 16_384;

/** A claimed match, or echo, differs from its source `at` tokens after its start, or runs past its end there. */
export type InvalidWitness = {
  readonly part: 'match' | 'echo';
  /** Of the claim's `matches`, or `x`. */
  readonly index: number;
  readonly at: number;
  readonly text: Opening;
  readonly source: Opening;
};

/** Calibration: a claimed match covers, `at` tokens after its start, a copied position of the output or its source. */
export type InertWitness = {
  readonly index: number;
  readonly at: number;
  readonly side: 'output' | 'source';
  /** One of them lies over that position. */
  readonly passages: PassagesOpening;
};

/** A match [start, end) over `position`, which is claimed for a higher seq or not at all. */
export type BetterWitness = {
  readonly position: number;
  readonly start: number;
  readonly end: number;
  readonly seq: number;
  readonly item: number;
  readonly pos: number;
  readonly output: Opening;
  readonly source: Opening;
  /** In a calibration, one: passages that show that nothing of the window is copied. */
  readonly outputPassages: readonly PassagesOpening[];
  /** Likewise of the source, unless that is a commons. */
  readonly sourcePassages: readonly PassagesOpening[];
};

/** A run [start, end) of the prompt's, from `place` of it on, over `position`, which is outside of the claimed x. */
export type EchoWitness = {
  readonly position: number;
  readonly start: number;
  readonly end: number;
  readonly place: number;
  readonly output: Opening;
  readonly prompt: Opening;
};

/** The claimed sum before a border is wrong. */
export type InfoWitness = {
  /** Of the claim's `info`. */
  readonly border: number;
  /** The chunk that the border is in; none for the end. In a calibration all from the border before on. */
  readonly output: Opening;
  /** In a calibration, one: the passages over the piece before the border. */
  readonly passages: readonly PassagesOpening[];
};

/** A commitment that no text has. */
export type MalformedWitness = {
  readonly text: 'output' | 'prompt' | 'contribution';
  readonly opening: Opening;
};

/** Names chunks that are not to be had; proves nothing. */
export type Demand = {
  readonly text: 'output' | 'prompt' | 'source';
  /** Of a source; else 0. */
  readonly seq: number;
  readonly item: number;
  readonly first: number;
  /** At most 64. Of an output: all its chunks. */
  readonly count: number;
};

/** Calibration: the item, the position, the item's length or its prompt part is not what was drawn. */
export type DrawWitness = {
  /** One of them is the passage that holds the token drawn. */
  readonly passages: PassagesOpening;
  /** Of the item drawn. */
  readonly item: ItemOpening;
};

/** A declared novel run has a token in a match [start, end) of its item with an earlier one. */
export type OverlapWitness = {
  readonly run: NovelRunOpening;
  readonly start: number;
  readonly end: number;
  readonly own: Opening;
  readonly seq: number;
  readonly item: number;
  readonly pos: number;
  readonly source: Opening;
};

/** A declared novel run has a token in a stretch [start, end) that stands in an output, `at`, receipted before. */
export type HarvestWitness = {
  readonly run: NovelRunOpening;
  readonly start: number;
  readonly end: number;
  readonly own: Opening;
  readonly batch: Root;
  readonly index: number;
  readonly at: number;
  readonly output: Opening;
};

/** A passage not declared copied has a token in a run [start, end) of its item that an earlier one holds. */
export type PassageWitness = {
  /** That passage alone. */
  readonly passages: PassagesOpening;
  readonly start: number;
  readonly end: number;
  readonly own: Opening;
  readonly seq: number;
  readonly item: number;
  readonly pos: number;
  readonly source: Opening;
};

/** A passage declared copied differs from its source `at` tokens after its start, or runs past its end there. */
export type CopiedWitness = {
  /** That passage alone. */
  readonly passages: PassagesOpening;
  readonly at: number;
  readonly own: Opening;
  readonly source: Opening;
};

/** The declared length or prompt part of an item is not its own. */
export type BorderWitness = {
  /** One passage of the item with its neighbours, or the two that should have it between them. */
  readonly passages: PassagesOpening;
  readonly item: ItemOpening;
};

type Witnesses = {
  invalid: InvalidWitness;
  inert: InertWitness;
  better: BetterWitness;
  echo: EchoWitness;
  info: InfoWitness;
  malformed: MalformedWitness;
  demand: Demand;
  draw: DrawWitness;
  overlap: OverlapWitness;
  harvest: HarvestWitness;
  passage: PassageWitness;
  copied: CopiedWitness;
  border: BorderWitness;
};

/** `{type, value}`, by the name of its kind. */
export type Witness = Variant<Witnesses>;
export type WitnessKind = Witness['type'];

export const DemandType: Ssz<Demand> = container<Demand>({
  text: choice(['output', 'prompt', 'source']),
  seq: uint32,
  item: uint32,
  first: uint32,
  count: uint8,
});

export const WitnessType: Ssz<Witness> = union<Witnesses>({
  invalid: container<InvalidWitness>({
    part: choice(['match', 'echo']),
    index: uint16,
    at: uint16,
    text: OpeningType,
    source: OpeningType,
  }),
  inert: container<InertWitness>({
    index: uint16,
    at: uint16,
    side: choice(['output', 'source']),
    passages: PassagesOpeningType,
  }),
  better: container<BetterWitness>({
    position: uint16,
    start: uint16,
    end: uint16,
    seq: uint32,
    item: uint32,
    pos: uint32,
    output: OpeningType,
    source: OpeningType,
    outputPassages: list(PassagesOpeningType, 1),
    sourcePassages: list(PassagesOpeningType, 1),
  }),
  echo: container<EchoWitness>({
    position: uint16,
    start: uint16,
    end: uint16,
    place: uint16,
    output: OpeningType,
    prompt: OpeningType,
  }),
  info: container<InfoWitness>({
    border: uint16,
    output: OpeningType,
    passages: list(PassagesOpeningType, 1),
  }),
  malformed: container<MalformedWitness>({
    text: choice(['output', 'prompt', 'contribution']),
    opening: OpeningType,
  }),
  demand: DemandType,
  draw: container<DrawWitness>({ passages: PassagesOpeningType, item: ItemOpeningType }),
  overlap: container<OverlapWitness>({
    run: NovelRunOpeningType,
    start: uint32,
    end: uint32,
    own: OpeningType,
    seq: uint32,
    item: uint32,
    pos: uint32,
    source: OpeningType,
  }),
  harvest: container<HarvestWitness>({
    run: NovelRunOpeningType,
    start: uint32,
    end: uint32,
    own: OpeningType,
    batch: root32,
    index: uint16,
    at: uint16,
    output: OpeningType,
  }),
  passage: container<PassageWitness>({
    passages: PassagesOpeningType,
    start: uint32,
    end: uint32,
    own: OpeningType,
    seq: uint32,
    item: uint32,
    pos: uint32,
    source: OpeningType,
  }),
  copied: container<CopiedWitness>({
    passages: PassagesOpeningType,
    at: uint32,
    own: OpeningType,
    source: OpeningType,
  }),
  border: container<BorderWitness>({ passages: PassagesOpeningType, item: ItemOpeningType }),
});

/** The stateless check of a challenge. Fault `WITNESS_TOO_LARGE`. */
export const checkWitness = (witness: Witness): Fault | undefined => {
  const size = WitnessType.encode(witness).length;
  return size > WITNESS_BYTES_MAX
    ? fault('WITNESS_TOO_LARGE', `a witness of ${size} bytes; at most ${WITNESS_BYTES_MAX}`, { size })
    : undefined;
};
