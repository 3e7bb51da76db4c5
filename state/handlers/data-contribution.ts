import { equal } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { type CopiedRun, derivePassages } from '../attribution/declaration.ts';
import { NovelRunsType, novelTokensOf } from '../attribution/novel-runs.ts';
import { passagesRoot } from '../attribution/passages-root.ts';
import { type Fault, fail, fault, type Result } from '../errors/execution.ts';
import {
  acceptedOf,
  addContent,
  type Content,
  contentOf,
  holdDigest,
  holderOfDigest,
  isEligible,
  OPEN_SOURCES_MAX,
  type Origin,
  originOf,
  setOpenSources,
  setStanding,
  standingOf,
} from '../modules/data/contributions.ts';
import { datanetOf } from '../modules/data/datanets.ts';
import type { TxContext } from '../modules/kit/context.ts';
import { account, move, pot } from '../modules/ledger/accounts.ts';
import { contributionCommitment } from '../tx/contribution-commit.ts';
import type { DataContribution } from '../tx/data-contribution.ts';
import type { ReadView } from '../view.ts';
import type { Handler } from './handler.ts';

/** Whether this reveal is of that commit, and in time. */
const checkReveal = (
  { view, sender, block }: TxContext,
  origin: Origin,
  payload: DataContribution,
): Fault | undefined => {
  const { contribution, datanet, root, salt } = payload;
  if (!equal(origin.owner, sender))
    return fault('CONTRIBUTION_NOT_OWNER', `contribution ${contribution} was committed by another account`, {
      contribution,
    });
  if (origin.datanet !== datanet)
    return fault(
      'CONTRIBUTION_DATANET',
      `contribution ${contribution} was committed to datanet ${origin.datanet}`,
      {
        contribution,
        datanet: origin.datanet,
      },
    );
  const { stage } = standingOf(view, contribution);
  if (stage === 'expired')
    return fault('CONTRIBUTION_EXPIRED', `contribution ${contribution} was not revealed in time`, {
      contribution,
    });
  if (stage !== 'committed')
    return fault('CONTRIBUTION_REVEALED', `contribution ${contribution} was revealed before`, {
      contribution,
      stage,
    });
  const earliest = origin.height + BigInt(block.params.contribution.revealMin);
  if (block.height < earliest)
    return fault(
      'CONTRIBUTION_EARLY',
      `contribution ${contribution} may be revealed from height ${earliest} on`,
      {
        contribution,
        earliest: earliest.toString(),
      },
    );
  if (!equal(contributionCommitment({ datanet, root, salt, sender }), origin.commitment))
    return fault(
      'CONTRIBUTION_COMMITMENT',
      `root and salt are not what contribution ${contribution} committed to`,
      {
        contribution,
      },
    );
  return undefined;
};

/** The size of the source of a copied run according to the state, if the run may be cited at all. */
type CopiedSource = {
  readonly items: number;
  readonly tokens: bigint;
  /** Whether it is under review. */
  readonly isOpen: boolean;
};

const copiedSource = (
  view: ReadView,
  datanet: DatanetId,
  contribution: ContributionId,
): CopiedSource | undefined => {
  const accepted = acceptedOf(view, contribution);
  if (accepted !== undefined)
    return isEligible(accepted) && accepted.datanet === datanet ? { ...accepted, isOpen: false } : undefined;
  if (originOf(view, contribution)?.datanet !== datanet) return undefined;
  // A source under review may still be accepted. An owner who leaves it out has then declared too little.
  // `accept` waits for it.
  const content =
    standingOf(view, contribution).stage === 'review' ? contentOf(view, contribution) : undefined;
  return content === undefined ? undefined : { ...content, isOpen: true };
};

/**
 * The contributions under review that runs cite. Faults: `CONTRIBUTION_COPIED_SOURCE` (a run cites what was not revealed in
 * the Datanet, or holds less), `CONTRIBUTION_OPEN_SOURCES` (too many of them).
 */
const openSources = (view: ReadView, payload: DataContribution): Result<readonly number[]> => {
  const { contribution, datanet, copied, items, tokens } = payload;
  const known = new Map<number, CopiedSource | undefined>([[contribution, { items, tokens, isOpen: false }]]);
  const open: ContributionId[] = [];
  const sourceOf = (run: CopiedRun): CopiedSource | undefined => {
    if (!known.has(run.contribution)) {
      const source = copiedSource(view, datanet, run.contribution);
      if (source?.isOpen) open.push(run.contribution);
      known.set(run.contribution, source);
    }
    return known.get(run.contribution);
  };
  for (const [index, run] of copied.entries()) {
    const source = sourceOf(run);
    // One under review takes four reads of the state, so no more of them are read than may be.
    if (open.length > OPEN_SOURCES_MAX)
      return fail(
        'CONTRIBUTION_OPEN_SOURCES',
        `copied runs cite more than ${OPEN_SOURCES_MAX} contributions under review`,
        { contribution },
      );
    const end = BigInt(run.sourcePos) + BigInt(run.end - run.start);
    if (source === undefined || run.sourceItem >= source.items || end > source.tokens)
      return fail(
        'CONTRIBUTION_COPIED_SOURCE',
        `copied run ${index} cites item ${run.sourceItem} of contribution ${run.contribution}, which is none of datanet ${datanet}`,
        { index, contribution: run.contribution },
      );
  }
  return ok(open);
};

export const applyDataContribution: Handler<DataContribution> = (context, payload) => {
  const { view, sender, block, id, emit } = context;
  const {
    contribution,
    datanet,
    root,
    digest,
    items,
    tokens,
    bytes: size,
    novelRuns,
    role,
    parents,
  } = payload;
  const isProposal = role === 'commons';
  const origin = originOf(view, contribution);
  if (origin === undefined)
    return fault('CONTRIBUTION_UNKNOWN', `nobody committed contribution ${contribution}`, { contribution });
  const refused = checkReveal(context, origin, payload);
  if (refused !== undefined) return refused;
  const terms = datanetOf(view, datanet)?.terms;
  if (terms === undefined || terms.licence !== payload.licence)
    return fault(
      'CONTRIBUTION_LICENCE',
      `datanet ${datanet} takes contributions under ${terms?.licence} only`,
      {
        contribution,
      },
    );
  if (terms.rules !== payload.rules)
    return fault(
      'CONTRIBUTION_RULES',
      `datanet ${datanet} has version ${terms.rules} of the rules of attribution, the contribution names ${payload.rules}`,
      { contribution, rules: terms.rules },
    );
  const orphan = parents.find((parent) => !isEligible(acceptedOf(view, parent)));
  if (orphan !== undefined)
    return fault('CONTRIBUTION_PARENT_UNKNOWN', `parent ${orphan} is no accepted contribution`, {
      parent: orphan,
    });
  // Who committed later cannot keep out who committed earlier, by declaring a digest seen in an open reveal.
  const holder = holderOfDigest(view, datanet, payload);
  if (holder !== undefined && holder < contribution)
    return fault(
      'CONTRIBUTION_DUPLICATE',
      isProposal
        ? `contribution ${holder} proposes exactly this text as a commons`
        : `contribution ${holder} is of exactly this text`,
      { contribution: holder },
    );
  const sources = openSources(view, payload);
  if (!sources.ok) return sources.fault;
  const bond = terms.bondPerByte * size;
  const unpaid = move(view, account(sender), pot('contributionBonds'), bond);
  if (unpaid !== undefined) return unpaid;
  const { passages, dataTokens } = derivePassages(payload);
  holdDigest(view, datanet, payload, contribution);
  const content: Content = {
    root,
    digest,
    items,
    tokens,
    bytes: size,
    novelTokens: novelTokensOf(novelRuns),
    novelRunsRoot: NovelRunsType.root(novelRuns),
    dataTokens: BigInt(dataTokens),
    passagesRoot: passagesRoot(passages),
    transaction: id,
    role,
    parents,
    height: block.height,
  };
  addContent(view, contribution, datanet, content, payload.sketch);
  if (sources.value.length > 0) setOpenSources(view, contribution, sources.value);
  const standing = standingOf(view, contribution);
  setStanding(view, contribution, { stage: 'review', bond: standing.bond + bond, reviews: [] });
  emit({
    type: 'contributionRevealed',
    data: { contribution, datanet, owner: sender, root, items, tokens, commons: isProposal, bond },
  });
  return undefined;
};
