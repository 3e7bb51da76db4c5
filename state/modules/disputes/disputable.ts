/**
 * The target of a challenge, whatever it is. Each module that takes claims provides its own (`disputes.ts`).
 */
import type { Address, Height, Root } from '../../../src/lib/brands.ts';
import type { Excuse, Outdone } from '../../attribution/excuses.ts';
import type { Demanded, Upheld } from '../../attribution/witness/subject.ts';
import type { Demand, OutdoneWitness, Witness } from '../../attribution/witness/types.ts';
import type { Fault, Result } from '../../errors/execution.ts';
import type { ChallengeTarget } from '../../tx/challenge-target.ts';
import type { ReadView, View } from '../../view.ts';
import type { HookContext } from '../kit/context.ts';
import type { DemandPlace } from './demands.ts';
import type { ExcusedAnswer } from './excused.ts';

/**
 * The target of DEMANDs for withheld data: claims and contributions, but not receipts that nobody has
 * settled.
 */
export type Demandable = {
  /** The transaction that made the claims, or what stands for a contribution: DEMANDs are counted by it. */
  readonly claims: Root;
  readonly place: (demanded: Demanded, demand: Demand) => DemandPlace;
  readonly demanded: (demand: Demand) => Result<Demanded>;
  /** The effect if nobody shows the demanded data. */
  readonly unanswered: Upheld;
  /** The claim's window begins anew, and closes at the end of block `finalAt`; undefined where there is none. */
  readonly hold: ((view: View, finalAt: Height) => void) | undefined;
  /**
   * Extends the claims of the transaction, because all places for DEMANDs were taken until now: no claim of
   * it closes before the end of block `finalAt`.
   */
  readonly putOff: (view: View, finalAt: Height) => void;
  /** Whether a DEMAND on another target falls with the claim, or the contribution. */
  readonly isOver: (target: ChallengeTarget) => boolean;
  /** Whether no claim of the transaction stands any more, so that nothing can be demanded of it. */
  readonly hasEnded: (view: ReadView) => boolean;
};

/** The claim of a settlement, of which somebody may show that a chunk outdoes a pick (`excuses.ts`). */
export type Outdoable = {
  readonly judge: (witness: OutdoneWitness) => Result<Outdone>;
  /** Who may answer: those who back the claim. Excuses are part of it, so nobody else may add any. */
  readonly mayExcuse: (address: Address) => boolean;
  /** The series whose price it has. */
  readonly series: string;
  readonly checkExcuses: (outdone: Outdone, excuses: readonly Excuse[]) => Result<void>;
  /** Records that a challenge was answered: the claim stands for the excuses from now on. */
  readonly excused: (view: View, answer: ExcusedAnswer) => void;
};

export type Disputable = {
  /** Whether the witness brings something down, and what. */
  readonly judge: (witness: Witness) => Result<Upheld>;
  /**
   * Applies the effect of an upheld challenge: on bonds, money and state. Returns a fault if that was
   * applied already.
   *
   * @param witness - what has shown it; undefined if nobody has answered
   */
  readonly fall: (
    context: HookContext,
    upheld: Upheld,
    challenger: Address,
    witness: Witness | undefined,
  ) => Fault | undefined;
  /** The data that can be demanded; undefined where nothing can be demanded. */
  readonly demandable: Demandable | undefined;
  /** Undefined for whatever has no picks. */
  readonly outdoable?: Outdoable;
};
