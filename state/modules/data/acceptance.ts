/** How a contribution's way ends: accepted into its Datanet, rejected, left undecided, or never revealed; and its bond. */
import { invariant } from '../../../src/lib/errors.ts';
import { type Fault, fault } from '../../errors/execution.ts';
import type { View } from '../../view.ts';
import type { Hook, TxContext } from '../kit/context.ts';
import { FRONTIER_LEAVES_MAX } from '../kit/frontier.ts';
import { account, payFromPot, pot } from '../ledger/accounts.ts';
import { addTotals } from '../ledger/totals.ts';
import {
  acceptedOf,
  type Content,
  contentOf,
  expiringCommits,
  heldBonds,
  type Origin,
  openSourcesOf,
  originOf,
  releaseDigest,
  type Stage,
  setAccepted,
  setStanding,
  standingOf,
} from './contributions.ts';
import { addToVersion, growthOf } from './datanets.ts';

type Context = Pick<TxContext, 'view' | 'block' | 'emit'>;

const partsOf = (view: View, seq: number): { readonly origin: Origin; readonly content: Content } => {
  const origin = originOf(view, seq);
  const content = contentOf(view, seq);
  invariant(origin !== undefined && content !== undefined, 'what is under review was committed and revealed');
  return { origin, content };
};

const setStage = (view: View, seq: number, stage: Stage, bond: bigint): void =>
  setStanding(view, seq, { ...standingOf(view, seq), stage, bond });

/** Pays the bond back to the owner. Returns how much it was. */
const returnBond = (view: View, seq: number, origin: Origin): bigint => {
  const { bond } = standingOf(view, seq);
  payFromPot(view, 'contributionBonds', account(origin.owner), bond);
  return bond;
};

/** Pays the bond to the treasury. Returns how much it was. */
const keepBond = (view: View, seq: number): bigint => {
  const { bond } = standingOf(view, seq);
  payFromPot(view, 'contributionBonds', pot('treasury'), bond);
  addTotals(view, { forfeitedBonds: bond });
  return bond;
};

/** What events say of each contribution. */
const named = (seq: number, { datanet, owner }: Origin) => ({ contribution: seq, datanet, owner });

/** Reviews have no deadline: a source that nobody reviews must not hold who cites it, bond and all, for ever. */
const SOURCE_WAIT_BLOCKS = 1000n;

/**
 * At a quorum's word. What it says to be copied from has to be accepted before: only by an accepted text can a witness show
 * that it does not stand there. Of a source that was rejected, left undecided or is still open after {@link SOURCE_WAIT_BLOCKS} nothing can be shown, which its
 * owner could not foresee: it is closed, and the bond goes back. Faults: `DATANET_FULL`, `CONTRIBUTION_SOURCE_OPEN`.
 */
export const accept = (context: Context, seq: number): Fault | undefined => {
  const { view, block, emit } = context;
  const pending = openSourcesOf(view, seq).filter((source) => acceptedOf(view, source) === undefined);
  const open = pending.find((source) => standingOf(view, source).stage === 'review');
  const revealed = partsOf(view, seq).content.height;
  if (open !== undefined && block.height < revealed + SOURCE_WAIT_BLOCKS)
    return fault(
      'CONTRIBUTION_SOURCE_OPEN',
      `contribution ${seq} says to be copied from ${open}, which is under review`,
      { seq, source: open },
    );
  if (pending.length > 0) return returnUndecided(context, seq);
  const { origin, content } = partsOf(view, seq);
  const { datanet, owner } = origin;
  if (growthOf(view, datanet).frontier.count >= FRONTIER_LEAVES_MAX)
    return fault('DATANET_FULL', `datanet ${datanet} holds ${FRONTIER_LEAVES_MAX} contributions, its limit`, {
      datanet,
    });
  const { items, tokens, novelTokens } = content;
  const acceptance = addToVersion(view, datanet, { seq, ...content });
  setAccepted(view, seq, {
    datanet,
    acceptance,
    commons: false,
    height: block.height,
    owner,
    items,
    tokens,
    novelTokens,
    voided: [],
  });
  const bondUntil = block.height + BigInt(block.params.contribution.declarationWindow);
  heldBonds.add(view, bondUntil, seq);
  setStage(view, seq, 'accepted', standingOf(view, seq).bond);
  emit({
    type: 'contributionAccepted',
    data: { ...named(seq, origin), acceptance, tokens, novelTokens, bondUntil },
  });
  return undefined;
};

export const reject = ({ view, emit }: Context, seq: number): undefined => {
  const { origin, content } = partsOf(view, seq);
  const forfeited = keepBond(view, seq);
  releaseDigest(view, origin.datanet, content.digest, seq);
  setStage(view, seq, 'rejected', 0n);
  emit({ type: 'contributionRejected', data: { ...named(seq, origin), forfeited } });
};

export const returnUndecided = ({ view, emit }: Context, seq: number): undefined => {
  const { origin, content } = partsOf(view, seq);
  const returned = returnBond(view, seq, origin);
  releaseDigest(view, origin.datanet, content.digest, seq);
  setStage(view, seq, 'undecided', 0n);
  emit({ type: 'contributionUndecided', data: { ...named(seq, origin), returned } });
};

/** The end of the last block in which a challenge could have slashed the bond of an accepted contribution. */
export const returnBonds: Hook = ({ view, block, emit }) => {
  for (const seq of heldBonds.take(view, block.height)) {
    const standing = standingOf(view, seq);
    if (standing.bond === 0n) continue;
    const { origin } = partsOf(view, seq);
    returnBond(view, seq, origin);
    setStanding(view, seq, { ...standing, bond: 0n });
    emit({ type: 'contributionBondReturned', data: { ...named(seq, origin), amount: standing.bond } });
  }
};

/** The end of the last block in which a commit could be revealed. */
export const expireCommits: Hook = ({ view, block, emit }) => {
  for (const seq of expiringCommits.take(view, block.height)) {
    if (standingOf(view, seq).stage !== 'committed') continue;
    const origin = originOf(view, seq);
    invariant(origin !== undefined, 'what expires was committed');
    const forfeited = keepBond(view, seq);
    setStage(view, seq, 'expired', 0n);
    emit({ type: 'commitExpired', data: { ...named(seq, origin), forfeited } });
  }
};
