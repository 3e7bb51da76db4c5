/** The known facts of one receipt. `gather.ts` reads them from a node; an explanation is made of nothing else. */

import type { Claim } from '../../../state/attribution/claim.ts';
import type { EpochSums } from '../../../state/attribution/epoch.ts';
import type { FeeSplit } from '../../../state/attribution/fees.ts';
import type { Section } from '../../../state/attribution/relevance.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import type { Settled } from '../../../state/attribution/settlement.ts';
import type { TraceRules } from '../../attribution/tracer.ts';
import type { Height } from '../../lib/brands.ts';
import type { Result } from '../../lib/errors.ts';
import type { CalibrationStanding, ReceiptStatus, Reversion } from './explanation.ts';
import type { OwnSide } from './parts.ts';
import type { ShownText } from './texts.ts';

/** Heights are of blocks; amounts are base units; ids, roots and addresses are 0x-hex. */
export type Facts = {
  readonly asOf: { readonly height: Height; readonly stateRoot: string };
  readonly receipt: {
    readonly id: string;
    readonly payer: string;
    readonly provider: string;
    readonly height: Height;
    /** Null while the calibration of its version has not come to its end. */
    readonly deadline: Height | null;
    readonly manifest: string;
    readonly promptRoot: string;
    readonly outputRoot: string;
    readonly textRoot: string;
    readonly tokensIn: number;
    readonly tokensOut: number;
    /** The version of the rules of attribution. */
    readonly rules: RulesVersion;
    readonly compute: bigint;
    readonly fee: bigint;
    readonly split: FeeSplit;
  };
  readonly status: ReceiptStatus;
  readonly model: {
    readonly id: number;
    readonly name: string;
    readonly height: Height;
    /** The amount that the coming epochs have to make up for, in base units times basis points. */
    readonly debt: bigint;
    /** The sums of the running epoch, if it has a final receipt of this model. */
    readonly running: EpochSums | undefined;
    readonly owner: string;
    /** What it pays to the side of its owner. */
    readonly own: Pick<OwnSide, 'datanets' | 'paid'>;
  };
  readonly calibration: CalibrationFacts;
  /** σ */
  readonly spanBps: number;
  /** The part of what no track pays that goes by novel tokens. */
  readonly noveltyBps: number;
  /** Held against the receipt or its settlements, in their order. */
  readonly challenges: readonly ChallengeFacts[];
  /** The claims for it that were reverted, in that order. */
  readonly revertedClaims: readonly RevertedClaim[];
  /** Undefined while nobody has settled it. */
  readonly settlement: SettlementFacts | undefined;
  readonly output: Result<ShownText>;
  readonly prompt: Result<ShownText>;
  /** The rules by which the output is traced, but for Imin, which calibration decides. */
  readonly rules: Omit<TraceRules, 'matchBitsMin'>;
  /** By contribution id: all that the matches, the shared runs and the picks of the claim name. */
  readonly contributions: ReadonlyMap<number, CitedContribution>;
};

export type CalibrationFacts = {
  /** The version of the model that the receipt is of. */
  readonly version: number;
  readonly standing: CalibrationStanding;
  /** The least Imin of the chain, bits. */
  readonly matchBitsLeast: number;
  /** When the tokens of each round were drawn, and the claim that stands. */
  readonly rounds: readonly {
    readonly drawnAt: Height | undefined;
    readonly claim:
      | {
          readonly id: string;
          readonly attestor: string;
          readonly height: Height;
          readonly finalAt: Height;
        }
      | undefined;
  }[];
  /** The figures of the model over all closed epochs; undefined if there are none. */
  readonly figures:
    | { readonly coverageBps: number; readonly controlBps: number; readonly liftBps: number }
    | undefined;
};

export type ChallengeFacts = {
  /** The id of its transaction. */
  readonly id: string;
  /** The type of its witness, and the state that the challenge has reached. */
  readonly witness: string;
  readonly state: string;
  readonly challenger: string;
  readonly height: Height;
};

export type RevertedClaim = {
  /** The id of its transaction. */
  readonly settlement: string;
  /** Undefined if the node has not got the transaction. */
  readonly made: { readonly attestor: string; readonly height: Height } | undefined;
  readonly because: Reversion;
  readonly revertedAt: Height;
};

export type SettlementFacts = {
  /** The id of its transaction. */
  readonly id: string;
  readonly attestor: string;
  readonly height: Height;
  readonly finalAt: Height;
  readonly claim: Claim;
  /** The chunks that were picked for each section of the answer. */
  readonly sections: readonly Section[];
  /** The outcome that the chain has stored. */
  readonly outcome: Pick<Settled, 'scores' | 'total' | 'covered' | 'shared' | 'coverageBps' | 'relevance'>;
  readonly epoch: {
    readonly end: bigint;
    readonly closed:
      | {
          readonly sums: EpochSums;
          readonly settled: bigint;
          /** The span pool, and Σ A_c that shared it. */
          readonly spans: bigint;
          readonly weight: bigint;
          /** Paid by relevance, and what no track pays. */
          readonly relevance: bigint;
          readonly remainder: bigint;
          readonly remainderToTreasury: bigint;
        }
      | undefined;
  };
};

export type CitedContribution = {
  /** Null for a commons, which nobody owns. */
  readonly owner: string | null;
  readonly datanet: { readonly id: number; readonly name: string; readonly licence: string };
  /** The root of its content. */
  readonly root: string | undefined;
  readonly committedAt: Height | undefined;
  readonly revealedAt: Height | undefined;
  /** The transaction that revealed it. */
  readonly revealedBy: string | undefined;
  /** By all receipts; undefined for a commons. */
  readonly totals: { readonly earned: bigint; readonly claimed: bigint } | undefined;
  /** The texts of the items that the claim cites; a fault for each text that is not available. */
  readonly items: ReadonlyMap<number, Result<ShownText>>;
};
