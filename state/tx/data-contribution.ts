/** Reveals what was committed: the content's root and its declared facts. The content itself never enters a block. */
import type { Root } from '../../src/lib/brands.ts';
import { equal, toHex } from '../../src/lib/bytes.ts';
import { type Fault, fault } from '../../src/lib/errors.ts';
import { bytes, container, list, root32, text, uint32, uint64 } from '../../src/lib/ssz.ts';
import { type NovelRun, NovelRunsType } from '../attribution/novel-runs.ts';
import { ITEM_TOKENS_MAX, ITEMS_MAX } from '../attribution/parameters.ts';
import { account, move, pot } from '../modules/accounts.ts';
import {
  acceptedOf,
  type ContributionRole,
  ContributionRoleType,
  holdDigest,
  holderOfDigest,
  ITEM_BYTES_MAX,
  type Origin,
  originOf,
  PARENTS_MAX,
  setContent,
  setStanding,
  standingOf,
} from '../modules/contributions.ts';
import { datanetOf } from '../modules/datanets.ts';
import { contributionCommitment } from './contribution-commit.ts';
import type { Kind, TxContext } from './kind.ts';
import { isAscending } from './order.ts';

export type DataContribution = {
  /** Of the commit. */
  readonly seq: number;
  readonly datanet: number;
  /** Of the commitment. */
  readonly salt: Uint8Array;
  /** The content root: of the roots of its items. */
  readonly root: Root;
  /** `contentDigest`: two contributions of the same text share it, whatever their salts. */
  readonly digest: Root;
  readonly items: number;
  readonly tokens: bigint;
  /** Of the items' texts, UTF-8. */
  readonly bytes: bigint;
  /** Ascending by item and start, without overlap. */
  readonly novelRuns: readonly NovelRun[];
  readonly role: ContributionRole;
  /** Seqs of accepted contributions that this one builds on, ascending. */
  readonly parents: readonly number[];
  /** The Datanet's. */
  readonly licence: string;
};

const novelTokensOf = (runs: readonly NovelRun[]): bigint =>
  BigInt(runs.reduce((sum, { start, end }) => sum + end - start, 0));

const checkNovelRuns = ({ novelRuns, items, tokens }: DataContribution): Fault | undefined => {
  let before: NovelRun | undefined;
  for (const [index, run] of novelRuns.entries()) {
    const bad = (message: string): Fault => fault('CONTRIBUTION_NOVEL_RUNS', message, { index });
    if (run.start >= run.end || run.end > ITEM_TOKENS_MAX)
      return bad(`novel run ${index} is no stretch of an item`);
    if (run.item >= items) return bad(`novel run ${index} is of item ${run.item}, of ${items}`);
    if (
      before !== undefined &&
      (run.item < before.item || (run.item === before.item && run.start < before.end))
    )
      return bad(`novel run ${index} does not come after the one before`);
    before = run;
  }
  if (novelTokensOf(novelRuns) > tokens)
    return fault('CONTRIBUTION_NOVEL_RUNS', 'the novel runs hold more tokens than the contribution');
  return undefined;
};

const check = (payload: DataContribution): Fault | undefined => {
  const { items, tokens, bytes: size, parents, seq } = payload;
  if (items < 1 || items > ITEMS_MAX)
    return fault('CONTRIBUTION_ITEMS', `a contribution holds 1 to ${ITEMS_MAX} items`);
  if (tokens > BigInt(items) * BigInt(ITEM_TOKENS_MAX))
    return fault('CONTRIBUTION_TOKENS', `an item holds at most ${ITEM_TOKENS_MAX} tokens`);
  if (tokens > size) return fault('CONTRIBUTION_BYTES', 'a token is at least one byte');
  if (size > BigInt(items) * BigInt(ITEM_BYTES_MAX))
    return fault('CONTRIBUTION_BYTES', `an item has at most ${ITEM_BYTES_MAX} bytes`);
  if (!isAscending(parents) || parents.some((parent) => parent >= seq))
    return fault('CONTRIBUTION_PARENTS', 'parents are earlier contributions, in ascending order');
  return checkNovelRuns(payload);
};

/** Whether this reveal is of that commit, and in time. */
const checkReveal = (
  { view, sender, block }: TxContext,
  origin: Origin,
  payload: DataContribution,
): Fault | undefined => {
  const { seq, datanet, root, salt } = payload;
  if (!equal(origin.owner, sender))
    return fault('CONTRIBUTION_NOT_OWNER', `contribution ${seq} was committed by another account`, { seq });
  if (origin.datanet !== datanet)
    return fault('CONTRIBUTION_DATANET', `contribution ${seq} was committed to datanet ${origin.datanet}`, {
      seq,
      datanet: origin.datanet,
    });
  const { stage } = standingOf(view, seq);
  if (stage === 'expired')
    return fault('CONTRIBUTION_EXPIRED', `contribution ${seq} was not revealed in time`, { seq });
  if (stage !== 'committed')
    return fault('CONTRIBUTION_REVEALED', `contribution ${seq} was revealed before`, { seq, stage });
  const earliest = origin.height + BigInt(block.params.contribution.revealMin);
  if (block.height < earliest)
    return fault('CONTRIBUTION_EARLY', `contribution ${seq} may be revealed from height ${earliest} on`, {
      seq,
      earliest: earliest.toString(),
    });
  if (!equal(contributionCommitment({ datanet, root, salt, sender }), origin.commitment))
    return fault('CONTRIBUTION_COMMITMENT', `root and salt are not what contribution ${seq} committed to`, {
      seq,
    });
  return undefined;
};

const apply = (context: TxContext, payload: DataContribution): Fault | undefined => {
  const { view, sender, block, emit } = context;
  const { seq, datanet, root, digest, items, tokens, bytes: size, novelRuns, role, parents } = payload;
  const origin = originOf(view, seq);
  if (origin === undefined)
    return fault('CONTRIBUTION_UNKNOWN', `nobody committed contribution ${seq}`, { seq });
  const refused = checkReveal(context, origin, payload);
  if (refused !== undefined) return refused;
  const terms = datanetOf(view, datanet)?.terms;
  if (terms === undefined || terms.licence !== payload.licence)
    return fault(
      'CONTRIBUTION_LICENCE',
      `datanet ${datanet} takes contributions under ${terms?.licence} only`,
      {
        seq,
      },
    );
  const orphan = parents.find((parent) => acceptedOf(view, parent) === undefined);
  if (orphan !== undefined)
    return fault('CONTRIBUTION_PARENT_UNKNOWN', `parent ${orphan} is no accepted contribution`, {
      parent: orphan,
    });
  // Who committed later cannot keep out who committed earlier, by declaring a digest seen in an open reveal.
  const holder = holderOfDigest(view, datanet, digest);
  if (holder !== undefined && holder < seq)
    return fault('CONTRIBUTION_DUPLICATE', `contribution ${holder} is of exactly this text`, { seq: holder });
  const bond = terms.bondPerByte * size;
  const unpaid = move(view, account(sender), pot('contributionBonds'), bond);
  if (unpaid !== undefined) return unpaid;
  const novelTokens = novelTokensOf(novelRuns);
  holdDigest(view, datanet, digest, seq);
  setContent(view, seq, {
    root,
    digest,
    items,
    tokens,
    bytes: size,
    novelTokens,
    novelRunsRoot: NovelRunsType.root(novelRuns),
    role,
    parents,
    height: block.height,
  });
  const standing = standingOf(view, seq);
  setStanding(view, seq, { stage: 'review', bond: standing.bond + bond, reviews: [] });
  emit({
    type: 'contributionRevealed',
    data: { seq, datanet, owner: toHex(sender), root: toHex(root), items, tokens: tokens.toString() },
  });
  return undefined;
};

export const dataContribution: Kind<DataContribution> = {
  id: 6,
  version: 1,
  name: 'dataContribution',
  payload: container<DataContribution>({
    seq: uint32,
    datanet: uint32,
    salt: bytes(32),
    root: root32,
    digest: root32,
    items: uint32,
    tokens: uint64,
    bytes: uint64,
    novelRuns: NovelRunsType,
    role: ContributionRoleType,
    parents: list(uint32, PARENTS_MAX),
    licence: text(64),
  }),
  action: ({ items, bytes: size, datanet, licence, role }) =>
    `contribute ${items} items, ${size} bytes, to datanet ${datanet} under ${licence}` +
    (role === 'data' ? '' : `, as ${role}`),
  check,
  gas: ({ novelRuns }) => 10_000n + 10n * BigInt(novelRuns.length),
  apply,
};
