/** How a contribution's way ends: accepted into its Datanet, rejected, left undecided, or never revealed; and its bond. */
import { toHex } from '../../../src/lib/bytes.ts';
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

/** @param bond - what is left of it to be held */
const close = ({ view, emit }: Context, seq: number, stage: Stage, bond = 0n): void => {
  setStanding(view, seq, { ...standingOf(view, seq), stage, bond });
  emit({ type: 'contributionClosed', data: { seq, stage } });
};

const returnBond = (view: View, seq: number, origin: Origin): void =>
  payFromPot(view, 'contributionBonds', account(origin.owner), standingOf(view, seq).bond);

const keepBond = (view: View, seq: number): void => {
  const { bond } = standingOf(view, seq);
  payFromPot(view, 'contributionBonds', pot('treasury'), bond);
  addTotals(view, { forfeitedBonds: bond });
};

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
  heldBonds.add(view, block.height + BigInt(block.params.contribution.declarationWindow), seq);
  close(context, seq, 'accepted', standingOf(view, seq).bond);
  emit({ type: 'contributionAccepted', data: { seq, datanet, acceptance, owner: toHex(owner) } });
  return undefined;
};

export const reject = (context: Context, seq: number): undefined => {
  const { origin, content } = partsOf(context.view, seq);
  keepBond(context.view, seq);
  releaseDigest(context.view, origin.datanet, content.digest, seq);
  close(context, seq, 'rejected');
};

export const returnUndecided = (context: Context, seq: number): undefined => {
  const { origin, content } = partsOf(context.view, seq);
  returnBond(context.view, seq, origin);
  releaseDigest(context.view, origin.datanet, content.digest, seq);
  close(context, seq, 'undecided');
};

/** The end of the last block in which a challenge could have slashed the bond of an accepted contribution. */
export const returnBonds: Hook = ({ view, block, emit }) => {
  for (const seq of heldBonds.take(view, block.height)) {
    const standing = standingOf(view, seq);
    if (standing.bond === 0n) continue;
    const { origin } = partsOf(view, seq);
    returnBond(view, seq, origin);
    setStanding(view, seq, { ...standing, bond: 0n });
    emit({ type: 'contributionBondReturned', data: { seq, amount: standing.bond.toString() } });
  }
};

/** The end of the last block in which a commit could be revealed. */
export const expireCommits: Hook = (context) => {
  const { view, block } = context;
  for (const seq of expiringCommits.take(view, block.height)) {
    if (standingOf(view, seq).stage !== 'committed') continue;
    keepBond(view, seq);
    close(context, seq, 'expired');
  }
};
