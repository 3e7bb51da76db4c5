/** `openledger contribute`: brings the rows of a file into a Datanet, from the commit to the reveal. */

import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { formatOpen } from '../../state/tx/action.ts';
import type { ContributionRole } from '../../state/tx/data-contribution.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { createWallet, type Wallet } from '../client/wallet.ts';
import { Contributor } from '../contribute/contributor.ts';
import {
  type DatanetContents,
  indexOf,
  openDatanetReader,
  readDigests,
  rulesOf,
} from '../contribute/datanet-contents.ts';
import { firstDuplicate } from '../contribute/duplicates.ts';
import { type Journal, newJournal, type Part, readJournal } from '../contribute/journal.ts';
import { planContributions, type Stretch } from '../contribute/plan.ts';
import { type Rows, readRows } from '../contribute/rows.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { sha256 } from '../lib/hash.ts';
import type { ContributionId } from '../lib/ids.ts';
import { openTextCache } from '../services/corpus/text-cache.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { note, print, printJson, printTable } from './output.ts';
import { type KeyOptions, readSigningKey, withKey } from './secrets.ts';

type Options = ConnectionOptions &
  KeyOptions & {
    readonly datanet: string;
    readonly from?: string;
    readonly field?: readonly string[];
    readonly role: string;
    readonly items: string;
    readonly state?: string;
    readonly withoutMissing?: true;
    readonly dryRun?: true;
    readonly json?: true;
  };

const ROLES: readonly ContributionRole[] = ['data', 'label', 'correction', 'feedback'];
/** The most rows of one contribution. It limits what a single challenge can strike or make void. */
const ITEMS_DEFAULT = '4000';

const numberOption = (name: string, text: string, least: number): number => {
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least) return value;
  throw new CodedError(
    fault('ARGUMENT_INVALID', `${name} takes a number of ${least} or more, not ${text.slice(0, 80)}`),
  );
};

const roleOf = (text: string): ContributionRole => {
  const role = ROLES.find((each) => each === text);
  if (role !== undefined) return role;
  throw new CodedError(
    fault('ARGUMENT_INVALID', `--role takes ${ROLES.join(', ')}, not ${text.slice(0, 80)}`),
  );
};

/**
 * Reports texts that are missing. Throws if one of them is accepted and the user has not allowed to go on:
 * passages of a text that cannot be read cannot be declared, and that may cost the user.
 */
const checkMissing = ({ missing }: DatanetContents, allowed: boolean): void => {
  const accepted = missing.filter((each) => each.accepted).map(({ contribution }) => contribution);
  if (missing.length > 0)
    note(
      `the texts of contributions ${missing.map(({ contribution }) => contribution).join(', ')} are not available`,
    );
  if (accepted.length > 0 && !allowed)
    throw new CodedError(
      fault(
        'CONTRIBUTE_TEXT_MISSING',
        `contributions ${accepted.join(', ')} were accepted, but this node has not got their texts: what you have copied from them cannot be declared, and would cost your bond; use another node, or --without-missing`,
        { contributions: accepted.map(String) },
      ),
    );
};

type Ground = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  readonly datanet: ResultOf<'datanet_get'>;
  readonly params: ResultOf<'chain_getParams'>;
  readonly rows: Rows;
  readonly readDatanet: () => Promise<DatanetContents>;
};

const groundOf = async (file: string, options: Options): Promise<Ground> => {
  const client = await connect(options);
  const datanet = await client.call('datanet_get', { id: numberOption('--datanet', options.datanet, 1) });
  const rows = unwrap(readRows(file, datanet.terms.schema, options.field));
  const key = options.from ?? options.key;
  const wallet = await createWallet(
    client,
    await readSigningKey(key === undefined ? options : { ...options, key }),
  );
  const read = openDatanetReader(client, openTextCache(client).contributions);
  const readDatanet = async (): Promise<DatanetContents> => {
    const found = await read(datanet.id);
    checkMissing(found, options.withoutMissing === true);
    return found;
  };
  const params = await client.call('chain_getParams');
  return { client, wallet, datanet, params, rows, readDatanet };
};

/** Divides the rows into contributions. @throws CodedError `CONTRIBUTION_DUPLICATE` if one would lose its bond as a duplicate */
const plan = async (ground: Ground, items: string): Promise<readonly Stretch[]> => {
  const { client, datanet, params, rows, readDatanet } = ground;
  note('reading what the Datanet holds');
  const held = await readDatanet();
  const last = held.contributions.at(-1)?.contribution ?? 0;
  const stretches = planContributions(indexOf(held, rulesOf(params)), last + 1, rows.rows, {
    transactionBytes: params.blocks.maxTransactionBytes,
    itemsMax: numberOption('--items', items, 1),
  });
  const digests = await readDigests(client, datanet.id);
  const duplicate = firstDuplicate(datanet.id, rows.rows, stretches, digests);
  if (duplicate !== undefined) throw new CodedError(duplicate);
  return stretches;
};

/** Returns all bonds, in base units: one for each commit, and one that grows with the bytes. */
const bondOf = ({ params, datanet, rows }: Ground, stretches: readonly Stretch[]): bigint => {
  const bytes = rows.rows.reduce((sum, row) => sum + row.bytes, 0);
  return (
    BigInt(params.contribution.commitBond) * BigInt(stretches.length) +
    BigInt(datanet.terms.bondPerByte) * BigInt(bytes)
  );
};

/** Checks that the balance covers all bonds, before the first commit is sent. @throws CodedError `BALANCE_TOO_LOW` */
const checkBalance = async (ground: Ground, stretches: readonly Stretch[]): Promise<void> => {
  const { client, wallet, params } = ground;
  const bond = bondOf(ground, stretches);
  const { balance } = await client.call('account_get', { address: toHex(wallet.address) });
  note(
    `${ground.rows.rows.length} rows as ${stretches.length} contributions; bond ${formatOpen(bond)} OPEN, back ` +
      `${params.contribution.declarationWindow} blocks after acceptance`,
  );
  if (BigInt(balance) <= bond)
    throw new CodedError(
      fault(
        'BALANCE_TOO_LOW',
        `the balance is ${formatOpen(BigInt(balance))} OPEN, ${formatOpen(bond)} is needed`,
        {
          balance,
          needed: bond.toString(),
        },
      ),
    );
};

const openJournal = async (file: string, options: Options, ground: Ground): Promise<Journal> => {
  const { client, wallet, datanet, rows } = ground;
  const path = options.state ?? `${file}.contribute.json`;
  const subject = {
    genesis: (await client.call('chain_getDomain')).genesisHash,
    account: toHex(wallet.address),
    datanet: datanet.id,
    file: toHex(sha256(rows.bytes)),
    fields: options.field === undefined ? null : [...options.field],
    role: roleOf(options.role),
  };
  const known = readJournal(path, subject);
  if (known !== undefined) {
    note(`going on with ${path}`);
    const most = numberOption('--items', options.items, 1);
    // Contributions that were planned stay as they are: some may be committed already.
    if (known.parts.some(({ from, to }) => to - from > most))
      note(
        `the contributions stay as they were planned: --items ${most} has no effect on a contribution that was begun`,
      );
    return known;
  }
  const stretches = await plan(ground, options.items);
  await checkBalance(ground, stretches);
  const journal = newJournal(path, subject, toHex(new Uint8Array(randomBytes(32))), stretches);
  journal.save();
  return journal;
};

type Told = {
  readonly contribution: ContributionId | null;
  /** The first line of its rows in the file. */
  readonly firstLine: number;
  readonly lastLine: number;
  readonly items: number;
  readonly transaction: string | null;
  readonly error: Part['refused'];
};

const tell = ({ rows }: Rows, { contribution, from, to, revealed, refused }: Part): Told => ({
  contribution,
  firstLine: rows[from]?.line ?? 0,
  lastLine: rows[to - 1]?.line ?? 0,
  items: to - from,
  transaction: revealed,
  error: refused,
});

const report = (told: readonly Told[], options: Options, journal: Journal): void => {
  if (options.json)
    print(JSON.stringify({ datanet: Number(options.datanet), state: journal.path, contributions: told }));
  else
    printTable(
      ['contribution', 'lines', 'items', 'reveal'],
      told.map(({ contribution, firstLine, lastLine, items, transaction, error }) => [
        String(contribution ?? '-'),
        `${firstLine}-${lastLine}`,
        String(items),
        transaction ?? error?.code ?? '-',
      ]),
    );
  const refused = told.flatMap(({ error }) => error ?? []);
  const [first] = refused;
  if (first !== undefined)
    throw new CodedError({
      code: first.code,
      message: `${refused.length} of ${told.length} contributions: ${first.message}`,
    });
};

const contribute = async (file: string | undefined, options: Options): Promise<void> => {
  if (file === undefined)
    throw new CodedError(
      fault(
        'USAGE',
        `missing required argument 'file.jsonl'${options.field === undefined ? '' : ': --field takes every name that follows it, so the file comes first'}`,
      ),
    );
  const role = roleOf(options.role);
  const ground = await groundOf(file, options);
  const { client, wallet, datanet, params, rows, readDatanet } = ground;
  if (options.dryRun) {
    const stretches = await plan(ground, options.items);
    await checkBalance(ground, stretches);
    printJson({
      datanet: datanet.id,
      bond: bondOf(ground, stretches).toString(),
      contributions: stretches.map(({ from, to }) => ({
        firstLine: rows.rows[from]?.line ?? 0,
        lastLine: rows.rows[to - 1]?.line ?? 0,
        items: to - from,
      })),
    });
    return;
  }
  const journal = await openJournal(file, options, ground);
  const contributor = new Contributor({
    client,
    wallet,
    journal,
    rows: rows.rows,
    datanet: datanet.id,
    licence: datanet.terms.licence,
    role,
    rules: rulesOf(params),
    revealMin: BigInt(params.contribution.revealMin),
    transactionBytes: params.blocks.maxTransactionBytes,
    readDatanet,
    progress: note,
  });
  const parts = await contributor.run();
  report(
    parts.map((part) => tell(rows, part)),
    options,
    journal,
  );
};

export const registerContribute = (program: Command): void => {
  withKey(
    withConnection(
      program
        .command('contribute')
        .description('commit, upload, declare and reveal the rows of a file in a Datanet')
        .usage('<file.jsonl> [options]')
        // The argument is optional for commander, so that this command can say that --field may have taken it.
        .argument('[file.jsonl]', 'a row each line: an object with the fields of the Datanet’s schema')
        .requiredOption('--datanet <id>', 'which Datanet'),
    ),
  )
    .option('--from <name>', 'the same as --key')
    .option(
      '--field <name...>',
      'the fields of a row, in the order of the schema’s, where they have other names',
    )
    .option('--role <role>', ROLES.join(', '), 'data')
    .option('--items <n>', 'rows of one contribution at most', ITEMS_DEFAULT)
    .option('--state <file>', 'where to keep how far it has come (default: beside the file)')
    .option('--without-missing', 'go on though texts of the Datanet cannot be read')
    .option('--dry-run', 'print what would be contributed, and send nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nStopped at any point and started again, it goes on where it was: nothing is committed twice. Keep the state ' +
        'file until it is done, for nothing else can reveal what was committed.',
    )
    .action(contribute);
};
