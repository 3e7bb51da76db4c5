/** What must be known before rows are contributed: their Datanet, what it holds, how they are divided, and the bond. */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { InfoTable } from '../../state/attribution/info1.ts';
import { formatOpen } from '../../state/tx/action.ts';
import type { ContributionRole } from '../../state/tx/data-contribution.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { steadyClient } from '../client/steady-client.ts';
import { type Wallet, walletThrough } from '../client/wallet.ts';
import { CodedError, type Fault } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { type CommonPlace, commonPlaces, placeLines, uncommonFault } from './common.ts';
import { openContributionReader } from './contribution-reader.ts';
import {
  type ContributionReader,
  type DatanetContents,
  indexOf,
  noveltyRulesOf,
  openDatanetReader,
  readDigests,
} from './datanet-contents.ts';
import { type Begun, firstDuplicate, NOTHING_BEGUN } from './duplicates.ts';
import { fault } from './errors.ts';
import { type Commits, type Committed, unknownCommits, unknownFault } from './open-commits.ts';
import { planContributions, type Stretch } from './plan.ts';
import { isComposed, type Row } from './rows.ts';

export type ReadDatanet = (own?: ReadonlySet<ContributionId>) => Promise<DatanetContents>;

export type Ground = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  readonly table: InfoTable;
  readonly datanet: ResultOf<'datanet_get'>;
  readonly params: ResultOf<'chain_getParams'>;
  readonly rows: readonly Row[];
  /** Reads what the Datanet holds now. @param own - contributions of which no text is read */
  readonly readDatanet: ReadDatanet;
  /** Returns why nothing should be declared against this; undefined if nothing speaks against it. */
  readonly lackIn: (contents: DatanetContents) => Fault | undefined;
  /** Returns the commits of the account that are still to be revealed and not among these. */
  readonly readUnknown: (known: readonly Committed[]) => Promise<readonly ContributionId[]>;
  /** Returns why nothing should be committed beside these commits, which no journal has; undefined if nothing speaks against it. */
  readonly unknownIn: (unknown: readonly ContributionId[]) => Fault | undefined;
  readonly progress: (text: string) => void;
};

export type GroundOptions = Pick<Ground, 'client' | 'wallet' | 'table' | 'datanet' | 'rows' | 'progress'> & {
  /** Whether to go on though texts of accepted contributions cannot be read. */
  readonly withoutMissing: boolean;
  /** Whether to go on though the account has commits to reveal that no known journal has. */
  readonly withUnknownCommits: boolean;
  /** Returns what reads texts through a client. One that keeps nothing if left out. */
  readonly readerThrough?: (client: RpcClient) => ContributionReader;
};

/** The contributions that rows will become, and what they cost. */
export type Plan = {
  readonly stretches: readonly Stretch[];
  /** Where the words of a proposed commons stand now. Only a new plan for one has them. */
  readonly places?: readonly CommonPlace[];
  /** All bonds, in base units: one for each commit, and one that grows with the bytes. They come back. */
  readonly bond: bigint;
};

/**
 * Returns why a text may not be declared against what a Datanet holds: texts of accepted contributions are missing.
 * Passages of a text that cannot be read cannot be declared, and that may cost the contributor.
 */
const missingFault = ({ missing }: DatanetContents): Fault | undefined => {
  const accepted = missing.filter((each) => each.accepted).map(({ contribution }) => contribution);
  return accepted.length === 0
    ? undefined
    : fault(
        'CONTRIBUTE_TEXT_MISSING',
        `contributions ${accepted.join(', ')} were accepted, but this node does not have their texts: what you have copied from them cannot be declared, and would cost your bond; use another node, or go on without them`,
        { contributions: accepted.map(String) },
      );
};

/** Says that text earns nothing, if its letters are not composed as those of answers are. */
const warnOfForms = (rows: readonly Row[], progress: (text: string) => void): void => {
  const others = rows.filter((row) => !isComposed(row));
  const [first] = others;
  if (first !== undefined)
    progress(
      `warning: ${others.length} of ${rows.length} rows, the first in line ${first.line}, are not in Unicode NFC: accents are characters of their own in them (NFD), so they match no usual text, and earn nothing. Normalise them to NFC to change that`,
    );
};

/** @throws CodedError as `RpcClient.call` */
export const openGround = async (options: GroundOptions): Promise<Ground> => {
  const { table, datanet, rows, progress } = options;
  const client = steadyClient(options.client, options.wallet.chain, progress);
  const wallet = walletThrough(client, options.wallet);
  const reader = options.readerThrough?.(client) ?? openContributionReader(client, table);
  const read = openDatanetReader(client, reader);
  let reported = '';
  const readDatanet: ReadDatanet = async (own) => {
    const found = await read(datanet.id, own);
    const missing = found.missing.map(({ contribution }) => contribution).join(', ');
    if (missing !== '' && missing !== reported)
      progress(`the texts of contributions ${missing} are not available`);
    reported = missing;
    return found;
  };
  const lackIn = options.withoutMissing ? () => undefined : missingFault;
  warnOfForms(rows, progress);
  const params = await client.call('chain_getParams');
  const commits: Commits = {
    client,
    account: wallet.address,
    datanet: datanet.id,
    revealMax: BigInt(params.contribution.revealMax),
  };
  return {
    client,
    wallet,
    table,
    datanet,
    params,
    rows,
    readDatanet,
    lackIn,
    readUnknown: (known) => unknownCommits(commits, known),
    unknownIn: options.withUnknownCommits ? () => undefined : (unknown) => unknownFault(commits, unknown),
    progress,
  };
};

/** How rows are divided, and what they are to be. */
export type PlanOptions = {
  /** The most rows of one contribution: the most that a single challenge can strike or make void. */
  readonly itemsMax: number;
  readonly role: ContributionRole;
};

/** Says where the words of a proposal stand. @throws CodedError if the chain would not take it */
const placesOf = async (
  { client, table, datanet, params, rows, progress }: Ground,
  held: DatanetContents,
): Promise<readonly CommonPlace[]> => {
  const accepted = { contributions: held.contributions.filter((each) => each.accepted) };
  const { copyMin } = params.attribution;
  const index = indexOf(table, accepted, noveltyRulesOf(datanet.terms.rules, params));
  const uncommon = uncommonFault(rows, index, datanet, copyMin);
  if (uncommon !== undefined) throw new CodedError(uncommon);
  const items = rows.map(({ tokens }) => tokens);
  const places = await commonPlaces(client, items, accepted, copyMin);
  const tokens = items.reduce((sum, { count }) => sum + count, 0);
  for (const line of placeLines(places, tokens, (owner) => owner)) progress(line);
  return places;
};

const divide = async (
  ground: Ground,
  { itemsMax, role }: PlanOptions,
  begun: Begun,
): Promise<Pick<Plan, 'stretches' | 'places'>> => {
  const { client, table, datanet, params, rows, readDatanet, lackIn, progress } = ground;
  progress('reading what the Datanet holds');
  const held = await readDatanet();
  const lack = lackIn(held);
  if (lack !== undefined) throw new CodedError(lack);
  const isProposal = role === 'commons';
  const places = isProposal ? await placesOf(ground, held) : undefined;
  const last = held.contributions.at(-1)?.contribution ?? 0;
  const stretches = planContributions(
    indexOf(table, held, noveltyRulesOf(datanet.terms.rules, params)),
    last + 1,
    rows,
    {
      transactionBytes: params.blocks.maxTransactionBytes,
      itemsMax,
      isProposal,
    },
  );
  const digests = await readDigests(client, datanet.id, role);
  const duplicate = firstDuplicate(datanet.id, rows, stretches, digests, begun);
  if (duplicate !== undefined) throw new CodedError(duplicate);
  return { stretches, ...(places === undefined ? {} : { places }) };
};

/** Returns the bonds of contributions of all rows, in base units. */
export const bondOf = ({ params, datanet, rows }: Ground, stretches: readonly Stretch[]): bigint => {
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  return (
    params.contribution.commitBond * BigInt(stretches.length) + datanet.terms.bondPerByte * BigInt(bytes)
  );
};

/**
 * Divides the rows into contributions, and checks that the balance covers all bonds. It sends nothing.
 *
 * @param begun - what other journals have committed; nothing if left out
 * @throws CodedError `CONTRIBUTION_DUPLICATE` if a contribution would lose its bond, `CONTRIBUTE_BEGUN` if another journal would;
 * `CONTRIBUTE_COMMITS_UNKNOWN`, `CONTRIBUTE_TEXT_MISSING`, `BALANCE_TOO_LOW`; `CONTRIBUTION_COMMONS_RULES` or
 * `CONTRIBUTE_NOT_COMMON` for a proposal; as `RpcClient.call`
 */
export const planRows = async (
  ground: Ground,
  options: PlanOptions,
  begun: Begun = NOTHING_BEGUN,
): Promise<Plan> => {
  const { client, wallet, params, rows, readUnknown, unknownIn, progress } = ground;
  const unknown = unknownIn(await readUnknown(begun.committed));
  if (unknown !== undefined) throw new CodedError(unknown);
  const divided = await divide(ground, options, begun);
  const { stretches } = divided;
  const bond = bondOf(ground, stretches);
  const { balance } = await client.call('account_get', { address: wallet.address });
  progress(
    `${rows.length} rows as ${stretches.length} contributions; bond ${formatOpen(bond)} OPEN, back ` +
      `${params.contribution.declarationWindow} blocks after acceptance`,
  );
  if (balance <= bond)
    throw new CodedError(
      fault('BALANCE_TOO_LOW', `the balance is ${formatOpen(balance)} OPEN, ${formatOpen(bond)} is needed`, {
        balance: balance.toString(),
        needed: bond.toString(),
      }),
    );
  return { ...divided, bond };
};
