/** What a witness against the claim of a receipt is held to: the texts of the receipt, and what was eligible when the claim was made. */
import type { Root } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { invariant } from '../../../src/lib/errors.ts';
import { eligibleVersions } from '../../attribution/eligible.ts';
import { type Excused, holdersIn } from '../../attribution/excuses.ts';
import type { Section } from '../../attribution/relevance.ts';
import { rulesOf } from '../../attribution/rules.ts';
import type { ClaimSubject, ReceiptSubject, RelevanceSubject } from '../../attribution/witness/subject.ts';
import type { ReceiptClaim } from '../../tx/attribution-settlement.ts';
import type { ReceiptTarget } from '../../tx/challenge-target.ts';
import { outputOf, promptOf } from '../../tx/receipt.ts';
import type { ReadView } from '../../view.ts';
import { contentOf } from '../data/contributions.ts';
import { Eligibility } from '../data/eligibility.ts';
import type { BlockContext } from '../kit/context.ts';
import { controlOf } from '../models/calibrations.ts';
import { knownVersion } from '../models/models.ts';
import type { Batch, BatchReceipt } from '../receipts/receipts.ts';
import { receiptClaimOf, settlementOf } from '../receipts/settlements.ts';
import { challengeOf } from './challenges.ts';
import { contentRootOf } from './declarations.ts';
import { excusedOf } from './excused.ts';

/** A receipt that can be challenged: it is not paid out yet. */
export type DisputedReceipt = {
  readonly target: ReceiptTarget;
  readonly batch: Batch;
  readonly receipt: BatchReceipt;
};

export const textsOf = ({ body }: BatchReceipt, { info }: BlockContext): ReceiptSubject => ({
  output: outputOf(body),
  prompt: promptOf(body),
  rules: rulesOf(body.rules),
  table: info,
});

/** What may be drawn on by a claim: what was eligible when it was made. */
export const eligibilityOf = (view: ReadView, { target, receipt: { model, version } }: DisputedReceipt) => ({
  eligible: eligibleVersions(knownVersion(view, model, version)),
  eligibility: new Eligibility(view, settlementOf(view, target.settlement).asOf),
});

const claimedIn = (view: ReadView, { settlement, index }: ReceiptTarget): ReceiptClaim => {
  const claimed = receiptClaimOf(view, settlement, index);
  invariant(claimed !== undefined, 'a settlement keeps the claims it was made of');
  return claimed;
};

const excusedBy = (view: ReadView, target: ReceiptTarget, id: Root): Excused | undefined => {
  const challenge = challengeOf(view, id);
  if (challenge?.outdone === undefined || challenge.state !== 'answered') return undefined;
  const { type, value } = challenge.target;
  const isOfClaim =
    type === 'receipt' &&
    equal(value.batch, target.batch) &&
    equal(value.settlement, target.settlement) &&
    value.index === target.index;
  return isOfClaim ? challenge.outdone : undefined;
};

/** The chunks that were picked, held to what was eligible when the claim was made. */
const relevanceSubject = (
  view: ReadView,
  disputed: DisputedReceipt,
  sections: readonly Section[],
): RelevanceSubject => {
  const { target } = disputed;
  const { eligible, eligibility } = eligibilityOf(view, disputed);
  return {
    sections,
    novelRuns: (contribution) => {
      const accepted = eligibility.eligible(contribution, eligible);
      const content = accepted?.commons === false ? contentOf(view, contribution) : undefined;
      return content === undefined
        ? undefined
        : {
            root: content.novelRunsRoot,
            isStruck: (index) => !eligibility.isNovel(contribution, index),
          };
    },
    excused: (id) => excusedBy(view, target, id),
    excusedHolders: () =>
      excusedOf(view, target).flatMap(({ challenge }) =>
        holdersIn(excusedBy(view, target, challenge)?.excuses ?? []),
      ),
  };
};

/** The claim, held to what was eligible when it was made. */
export const claimSubject = (
  view: ReadView,
  block: BlockContext,
  disputed: DisputedReceipt,
): ClaimSubject => {
  const { target, receipt } = disputed;
  const { claim, sections } = claimedIn(view, target);
  const { lMin, lMax, promptMin } = block.params.attribution;
  const { model, version } = receipt;
  const { eligible, eligibility } = eligibilityOf(view, disputed);
  return {
    ...textsOf(receipt, block),
    claim,
    matchBitsMin: controlOf(view, model, version)?.matchBits,
    parameters: { matchTokensMin: lMin, matchTokensMax: lMax, promptMin },
    source: (contribution) => {
      const accepted = eligibility.eligible(contribution, eligible);
      return accepted === undefined
        ? undefined
        : {
            contribution,
            root: contentRootOf(view, contribution, accepted),
            items: accepted.items,
            passages: undefined,
          };
    },
    brought: (contribution) => eligibility.brought(contribution),
    commons: { has: (contribution) => eligibility.accepted(contribution)?.commons === true },
    calibration: undefined,
    relevance: relevanceSubject(view, disputed, sections),
  };
};
