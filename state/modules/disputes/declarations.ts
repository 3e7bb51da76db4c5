/**
 * The parts of a contribution's declaration that are struck when a challenge against it is upheld
 * (docs/attribution.md#declarations). The witness decides whether it is upheld. Heights decide whether the owner is at
 * fault: the owner could have known what had been accepted for some blocks when the contribution was committed.
 *
 *     strikes/<contribution id>/passages    the passages that were struck
 */

import type { Address, Height, Root } from '../../../src/lib/brands.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { invariant, ok } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { container, list, uint32, type ValueOf } from '../../../src/lib/ssz.ts';
import { NovelRunsType } from '../../attribution/novel-runs.ts';
import { passagesRoot } from '../../attribution/passages-root.ts';
import { rulesOf } from '../../attribution/rules.ts';
import type { ContributionSource, ContributionSubject, Upheld } from '../../attribution/witness/subject.ts';
import { type Fault, fail, fault, type Result } from '../../errors/execution.ts';
import { type Key, numberKey, type ReadView } from '../../view.ts';
import { foundingCommonsOf, rulesOfDatanet } from '../data/chain-commons.ts';
import {
  type Accepted,
  acceptedOf,
  contentOf,
  isEligible,
  originOf,
  releaseDigest,
  setAccepted,
  setStanding,
  standingOf,
} from '../data/contributions.ts';
import { novelTokensLeft, shareOf, strikeNovelTokens } from '../data/novelty-shares.ts';
import { slashReviewBonds } from '../data/review-bonds.ts';
import { runStruckAt, strikeAllRuns, strikeRun, struckNovelRuns } from '../data/strikes.ts';
import type { TxContext } from '../kit/context.ts';
import { load, save } from '../kit/stored.ts';
import { payFromPot, pot } from '../ledger/accounts.ts';
import { slashBond } from '../ledger/bonds.ts';
import { addTotals } from '../ledger/totals.ts';
import { contributionClaimed } from '../pay/rewards.ts';

/** The maximum number of struck passages. With more than this, the whole contribution is void. */
export const STRUCK_PASSAGES_MAX = 1024;

/**
 * The number of blocks in which a commit may wait to be executed. The sender of a commit could not have
 * known what was accepted meanwhile. A larger number would let a copyist commit what reviewers are about to
 * accept.
 */
export const COMMIT_WAIT_BLOCKS = 10n;

/** The reason for which a contribution falls whose text nobody showed when it was demanded. */
export const DEMAND_UNANSWERED = 'DEMAND_UNANSWERED';

const StruckPassageType = container({
  index: uint32,
  /** The height of the block from which on it counts as copied. */
  height: height64,
});

const StruckPassagesType = container({
  /** The struck passages in the order of the strikes. */
  struck: list(StruckPassageType, STRUCK_PASSAGES_MAX),
});
export type StruckPassages = ValueOf<typeof StruckPassagesType>;

const passagesKey = (contribution: ContributionId): Key => `strikes/${numberKey(contribution)}/passages`;

export const struckPassagesOf = (view: ReadView, contribution: ContributionId): StruckPassages =>
  load(view, passagesKey(contribution), StruckPassagesType) ?? { struck: [] };

/** The passages of a contribution that count as copied in a calibration, by strikes up to a height. */
export type InertPassages = { readonly struck: ReadonlySet<number> };

export const inertPassages = (
  view: ReadView,
  contribution: ContributionId,
  height: Height,
): InertPassages => {
  const { struck } = struckPassagesOf(view, contribution);
  return { struck: new Set(struck.filter((each) => each.height <= height).map(({ index }) => index)) };
};

// ------------------------------------------------------------------------------------------------ what is challenged

/** The content root of an accepted contribution or a commons. */
export const contentRootOf = (
  view: ReadView,
  contribution: ContributionId,
  { acceptance, datanet }: Accepted,
): Root => {
  const text = acceptance === undefined ? foundingCommonsOf(view, datanet) : contentOf(view, contribution);
  invariant(
    text !== undefined,
    'what is accepted was revealed, or is in the terms of its Datanet or the genesis',
  );
  return text.root;
};

const citedBy =
  (view: ReadView, subject: number, { datanet }: Accepted) =>
  (contribution: ContributionId): ContributionSource | undefined => {
    const accepted = contribution < subject ? acceptedOf(view, contribution) : undefined;
    if (accepted === undefined || accepted.datanet !== datanet) return undefined;
    return { contribution, root: contentRootOf(view, contribution, accepted), items: accepted.items };
  };

export type DeclaredSubject = Omit<ContributionSubject, 'parameters' | 'table' | 'output'>;

/**
 * The contribution that a challenge is against: accepted, or a commons of a Datanet or of the chain that was not proposed (it
 * has declared nothing), and not void. Only what is accepted and not void may be held against it. A source that it cites stays
 * cited if that becomes void. Faults: `DECLARATION_NOT_ACCEPTED`, `DECLARATION_VOID`.
 */
export const declaredSubject = (
  view: ReadView,
  contribution: ContributionId,
  height: Height,
): Result<DeclaredSubject> => {
  const accepted = acceptedOf(view, contribution);
  if (accepted === undefined)
    return fail('DECLARATION_NOT_ACCEPTED', `there is no accepted contribution ${contribution}`, {
      contribution,
    });
  if (!isEligible(accepted))
    return fail('DECLARATION_VOID', `contribution ${contribution} is void`, { contribution });
  const content = contentOf(view, contribution);
  const cited = citedBy(view, contribution, accepted);
  return ok({
    contribution,
    root: contentRootOf(view, contribution, accepted),
    items: accepted.items,
    rules: rulesOf(rulesOfDatanet(view, accepted.datanet)),
    passages: {
      root: content?.passagesRoot ?? passagesRoot([]),
      ...inertPassages(view, contribution, height),
    },
    novelRuns: {
      root: content?.novelRunsRoot ?? NovelRunsType.root([]),
      struck: struckNovelRuns(view, contribution),
    },
    earlier: (source) => (isEligible(acceptedOf(view, source)) ? cited(source) : undefined),
    cited,
  });
};

// -------------------------------------------------------------------------------------------------------- what falls

export type DeclarationFall = Extract<Upheld, { readonly type: 'contribution' | 'novelRun' | 'passage' }>;

/**
 * The parts of a contribution's slashed bond, base units. Both are 0 if it was not at fault, or if its bond
 * is no longer held.
 */
export type SlashedBond = { readonly reward: bigint; readonly burned: bigint };

type Context = Pick<TxContext, 'view' | 'block' | 'emit'>;
type Subject = { readonly contribution: ContributionId; readonly accepted: Accepted };

/**
 * Checks whether the owner could have known better, if there is one: the text itself is not what it was declared to be, or the words
 * stand in another item of it, or in an item that was accepted some blocks before the commit. Before its acceptance
 * nothing ensures that a text is available, so somebody could withhold a text to slash others for it. An owner does not
 * have to know outputs.
 */
const isAtFault = (view: ReadView, { contribution, accepted }: Subject, fall: DeclarationFall): boolean => {
  if (accepted.acceptance === undefined) return false;
  if (fall.type === 'contribution' || fall.source === contribution) return true;
  const source = fall.source === undefined ? undefined : acceptedOf(view, fall.source);
  const origin = originOf(view, contribution);
  return source !== undefined && origin !== undefined && source.height + COMMIT_WAIT_BLOCKS <= origin.height;
};

const noveltyLeft = (view: ReadView, { accepted }: Subject): bigint => {
  const share = shareOf(accepted);
  return share === undefined ? 0n : novelTokensLeft(view, accepted.datanet, share);
};

/** The fields of a contribution that each of its events carries. */
const named = ({ contribution, accepted: { datanet, owner } }: Subject) => ({
  contribution,
  datanet,
  owner,
});

const strikeTokens = ({ view, emit }: Context, subject: Subject, tokens: bigint): void => {
  const { contribution, accepted } = subject;
  const share = shareOf(accepted);
  if (share === undefined || tokens === 0n) return;
  const { remainder } = contributionClaimed(view, contribution);
  const forfeited = strikeNovelTokens(view, accepted.datanet, share, tokens, remainder);
  payFromPot(view, 'rewards', pot('treasury'), forfeited);
  addTotals(view, { forfeitedShares: forfeited });
  emit({
    type: 'noveltyStruck',
    data: { ...named(subject), tokens, left: noveltyLeft(view, subject), forfeited },
  });
};

const struckAlready = (what: string, contribution: ContributionId, index: number): Fault =>
  fault('DECLARATION_STRUCK', `${what} ${index} of contribution ${contribution} is struck already`, {
    contribution,
    index,
  });

const strikeNovelRun = (
  context: Context,
  subject: Subject,
  index: number,
  tokens: number,
): Fault | undefined => {
  const { view, block } = context;
  const { contribution } = subject;
  // A fault strikes all that is left at once, without a mark on each run.
  if (runStruckAt(view, contribution, index) !== undefined || noveltyLeft(view, subject) === 0n)
    return struckAlready('novel run', contribution, index);
  strikeRun(view, contribution, index, block.height);
  strikeTokens(context, subject, BigInt(tokens));
  return undefined;
};

const voidContribution = (context: Context, subject: Subject): void => {
  const { view, block } = context;
  const { contribution, accepted } = subject;
  strikeTokens(context, subject, noveltyLeft(view, subject));
  setAccepted(view, contribution, { ...accepted, voided: block.height });
  const content = contentOf(view, contribution);
  if (content === undefined) return;
  releaseDigest(view, accepted.datanet, content, contribution);
  setStanding(view, contribution, { ...standingOf(view, contribution), stage: 'void' });
};

const strikePassage = (
  context: Context,
  subject: Subject,
  index: number,
  atFault: boolean,
): Fault | undefined => {
  const { view, block } = context;
  const { contribution } = subject;
  const { struck } = struckPassagesOf(view, contribution);
  if (struck.some((each) => each.index === index)) return struckAlready('passage', contribution, index);
  // Who could have known may have left out as much as a calibration needs to fail, in ever so many passages. And what is
  // not drawn and not matched in a calibration must not be paid by one: a struck whole would escape the bar it is held to.
  if (atFault || struck.length >= STRUCK_PASSAGES_MAX) voidContribution(context, subject);
  else
    save(view, passagesKey(contribution), StruckPassagesType, {
      struck: [...struck, { index, height: block.height }],
    });
  return undefined;
};

const slash = ({ view, block }: Context, { contribution }: Subject, challenger: Address): SlashedBond => {
  const standing = standingOf(view, contribution);
  const reward = slashBond({ view, block }, 'contributionBonds', standing.bond, challenger);
  setStanding(view, contribution, { ...standing, bond: 0n });
  return { reward, burned: standing.bond - reward };
};

/**
 * Checks whether the reviewers could have known better too. What shows an owner to be at fault is in texts that were
 * committed to before they voted: the client of a reviewer compares all of it, and accepts nothing without those texts. That a text
 * is withheld later is nothing that a reviewer could know.
 */
const areReviewersAtFault = (fall: DeclarationFall, ownerAtFault: boolean): boolean =>
  ownerAtFault && fall.reason !== DEMAND_UNANSWERED;

const fell = (
  context: Context,
  subject: Subject,
  fall: DeclarationFall,
  atFault: boolean,
): Fault | undefined => {
  switch (fall.type) {
    case 'novelRun':
      return strikeNovelRun(context, subject, fall.index, fall.tokens);
    case 'passage':
      return strikePassage(context, subject, fall.index, atFault);
    case 'contribution':
      voidContribution(context, subject);
      return undefined;
  }
};

/**
 * Applies what a witness against contribution `contribution` (a subject of {@link declaredSubject}) has shown: strikes the run or
 * the passage, or voids the contribution. Of an owner at fault every novel run falls with the one, the whole contribution
 * with a passage, and the bond, as far as it is still held: part of it to the challenger, the rest burned. So do the bonds of
 * the reviewers who accepted it, unless its text was demanded and not shown. What struck tokens have earned unclaimed goes to
 * the treasury. Fault `DECLARATION_STRUCK`: that was struck before.
 */
export const fallDeclaration = (
  context: Context,
  contribution: ContributionId,
  fall: DeclarationFall,
  challenger: Address,
): Result<SlashedBond> => {
  const { view, emit } = context;
  const accepted = acceptedOf(view, contribution);
  invariant(accepted !== undefined, 'what is challenged was accepted');
  const subject = { contribution, accepted };
  const atFault = isAtFault(view, subject, fall);
  const refused = fell(context, subject, fall, atFault);
  if (refused !== undefined) return { ok: false, fault: refused };
  if (atFault && fall.type === 'novelRun') {
    strikeTokens(context, subject, noveltyLeft(view, subject));
    strikeAllRuns(view, contribution, context.block.height);
  }
  const slashed = atFault ? slash(context, subject, challenger) : { reward: 0n, burned: 0n };
  emit({
    type: 'declarationStruck',
    data: {
      ...named(subject),
      falls: fall.type,
      index: fall.type === 'contribution' ? undefined : fall.index,
      reason: fall.reason,
      atFault,
      isVoid: !isEligible(acceptedOf(view, contribution)),
      challenger,
      ...slashed,
    },
  });
  if (areReviewersAtFault(fall, atFault)) slashReviewBonds(context, contribution, challenger);
  return ok(slashed);
};
