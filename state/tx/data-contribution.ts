/**
 * Reveals a committed contribution: its content root and its declared facts. The content itself never enters a block.
 */

import { choice } from '../../src/lib/choice.ts';
import { contributionId, datanetId } from '../../src/lib/ids.ts';
import {
  bytes,
  container,
  list,
  root32,
  text,
  uint32,
  uint64,
  type ValueOf,
  withDefault,
} from '../../src/lib/ssz.ts';
import { declarationFaults, declarationFields, derivePassages } from '../attribution/declaration.ts';
import { ITEM_BYTES_MAX, ITEM_TOKENS_MAX, ITEMS_MAX } from '../attribution/parameters.ts';
import { RULES_DEFAULT, RulesVersionType, rulesOf } from '../attribution/rules.ts';
import { SKETCH_BINS, SketchType } from '../attribution/sketch.ts';
import type { Params } from '../params.ts';
import type { Fault } from './errors.ts';
import { citedGas } from './gas.ts';
import { type Kind, noAccounts } from './kind.ts';
import { isAscending } from './order.ts';
import { allOf, problem } from './problems.ts';

export const PARENTS_MAX = 16;

/** What a contribution may be to its Datanet. `commons`: a proposal that its words be nobody's (docs/attribution.md#commons-by-proposal). */
export const CONTRIBUTION_ROLES = ['data', 'label', 'correction', 'feedback', 'commons'] as const;
export const ContributionRoleType = choice(CONTRIBUTION_ROLES);
export type ContributionRole = ValueOf<typeof ContributionRoleType>;

const DataContributionType = container({
  /** The contribution id of the commit. */
  contribution: contributionId,
  /** The Datanet of the commit. */
  datanet: datanetId,
  /** The version of the rules by which its tokens are made: that of the Datanet. */
  rules: withDefault(RulesVersionType, RULES_DEFAULT),
  /** The salt of the commitment. */
  salt: bytes(32),
  /** The content root, which follows from the list of the items' roots. */
  root: root32,
  /** The `contentDigest`: two contributions with the same text have the same one, whatever their salts. */
  digest: root32,
  /** The number of items, from 1 to 65536. */
  items: uint32,
  /** The number of tokens of all items together. */
  tokens: uint64,
  /** The number of bytes of the items' texts, UTF-8. */
  bytes: uint64,
  ...declarationFields,
  /** A one-permutation MinHash of the text, by which near duplicates are found. */
  sketch: SketchType,
  /** What the contribution is to the Datanet; `commons` proposes that its words be nobody's. */
  role: ContributionRoleType,
  /** Contribution ids of accepted contributions that this one builds on, ascending. */
  parents: list(contributionId, PARENTS_MAX),
  /** The licence of the Datanet. */
  licence: text(64),
});
export type DataContribution = ValueOf<typeof DataContributionType>;

/**
 * What a proposal must not be, if its declaration is consistent. Its copied runs are the places where the Datanet holds its
 * words already: nobody can make commons of what does not stand there.
 */
const commonsFaults = ({
  rules,
  contribution,
  shapes,
  copied,
  novelRuns,
}: DataContribution): readonly (Fault | false)[] => {
  const own = copied.findIndex((run) => run.contribution === contribution);
  const open = derivePassages({ shapes, copied }).passages.find(({ type }) => type !== 'copied');
  return [
    !rulesOf(rules).commonsFirst &&
      problem(
        'CONTRIBUTION_COMMONS_RULES',
        'rules',
        'a commons is proposed by version 2 of the rules or later',
      ),
    novelRuns.length > 0 &&
      problem('CONTRIBUTION_COMMONS_NOVEL', 'novelRuns', 'nothing in a commons that is proposed is novel'),
    own >= 0 &&
      problem(
        'CONTRIBUTION_COMMONS_COPIED',
        `copied[${own}]`,
        'a commons that is proposed is copied from other contributions, not from its own items',
        { index: own },
      ),
    open !== undefined &&
      problem(
        'CONTRIBUTION_COMMONS_COPIED',
        'copied',
        `tokens ${open.start} to ${open.end} of item ${open.item} lie in no copied run, and a commons that is proposed holds only what its Datanet holds already`,
        { item: open.item, start: open.start, end: open.end },
      ),
  ];
};

const check = (payload: DataContribution, { attribution }: Params): Fault | undefined => {
  const { items, tokens, bytes: size, parents, contribution, shapes, sketch, role } = payload;
  const declared = declarationFaults(payload, { contribution, tokens, copyMin: attribution.copyMin });
  return allOf(
    (items < 1 || items > ITEMS_MAX) &&
      problem('CONTRIBUTION_ITEMS', 'items', `a contribution holds 1 to ${ITEMS_MAX} items`),
    tokens > BigInt(items) * BigInt(ITEM_TOKENS_MAX) &&
      problem('CONTRIBUTION_TOKENS', 'tokens', `an item holds at most ${ITEM_TOKENS_MAX} tokens`),
    tokens > size && problem('CONTRIBUTION_BYTES', 'bytes', 'a token is at least one byte'),
    size > BigInt(items) * BigInt(ITEM_BYTES_MAX) &&
      problem('CONTRIBUTION_BYTES', 'bytes', `an item has at most ${ITEM_BYTES_MAX} bytes`),
    (!isAscending(parents) || parents.some((parent) => parent >= contribution)) &&
      problem('CONTRIBUTION_PARENTS', 'parents', 'parents are earlier contributions, in ascending order'),
    shapes.length !== items &&
      problem('CONTRIBUTION_SHAPES', 'shapes', `${shapes.length} shapes, but ${items} items`),
    sketch.length !== SKETCH_BINS &&
      problem('CONTRIBUTION_SKETCH', 'sketch', `a sketch has ${SKETCH_BINS} bins, not ${sketch.length}`),
    ...declared,
    ...(role === 'commons' && declared.length === 0 ? commonsFaults(payload) : []),
  );
};

export const dataContribution: Kind<DataContribution> = {
  id: 6,
  version: 3,
  name: 'dataContribution',
  payload: DataContributionType,
  action: ({ items, bytes: size, datanet, licence, role }) =>
    `contribute ${items} items, ${size} bytes, to datanet ${datanet} under ${licence}` +
    (role === 'data' ? '' : `, as ${role}`),
  check,
  // An item has at most two passages, and a copied run adds two. To hash their tree takes most of the time, unless the runs are
  // copied from many contributions.
  gas: ({ shapes, copied, novelRuns, parents }) =>
    10_000n +
    BigInt(100 * shapes.length + 200 * copied.length + 10 * novelRuns.length) +
    citedGas([...parents.map((contribution) => ({ contribution })), ...copied]),
  accounts: noAccounts,
  content: ({ root, items }) => [{ root, items }],
};
