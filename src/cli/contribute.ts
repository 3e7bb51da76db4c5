/** `openledger contribute`: brings the rows of a file into a Datanet, from the commit to the reveal. */

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CONTRIBUTION_ROLES, type ContributionRole } from '../../state/tx/data-contribution.ts';
import { infoTable } from '../attribution/info-table.ts';
import { createWallet } from '../client/wallet.ts';
import {
  type Contributed,
  contributeJournaled,
  ITEMS_MAX_DEFAULT,
  planJournaled,
  rowsHash,
} from '../contribute/contribute.ts';
import { enterIn } from '../contribute/files/begun-journals.ts';
import { journalFile } from '../contribute/files/journal-file.ts';
import { type RowsFile, readRows } from '../contribute/files/rows-file.ts';
import { type Ground, openGround } from '../contribute/ground.ts';
import type { JournalStore } from '../contribute/journal.ts';
import { leftOpenBefore } from '../contribute/left-open.ts';
import type { Stretch } from '../contribute/plan.ts';
import { isComposed, type Normalization } from '../contribute/rows.ts';
import { CodedError, type Fault, unwrap } from '../lib/errors.ts';
import { userPath } from '../lib/files.ts';
import type { ContributionId } from '../lib/ids.ts';
import { MAX_UINT32 } from '../lib/math.ts';
import { waitingText } from '../services/corpus/content-fetcher.ts';
import { openTextCache } from '../services/corpus/text-cache.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { readCount, readId } from './numbers.ts';
import { note, printJson, printJsonLine, printTable } from './output.ts';
import { type KeyOptions, readSigningKey, refuseTwo, withKey } from './secrets.ts';
import { noteOpen, noteSent, noteSettled } from './sent.ts';

type Options = ConnectionOptions &
  KeyOptions & {
    readonly datanet: string;
    readonly from?: string;
    readonly field?: readonly string[];
    readonly role: string;
    readonly normalize?: string;
    readonly items: string;
    readonly state?: string;
    readonly forget?: readonly string[];
    readonly withoutMissing?: true;
    readonly withUnknownCommits?: true;
    readonly dryRun?: true;
    readonly json?: true;
  };

/** Where the system keeps no files for users: a standard input, or a descriptor of the process. */
const SYSTEM_FOLDERS = /^\/(?:dev|proc)\//;

const roleOf = (text: string): ContributionRole => {
  const role = CONTRIBUTION_ROLES.find((each) => each === text);
  if (role !== undefined) return role;
  throw new CodedError(
    fault('ARGUMENT_INVALID', `--role takes ${CONTRIBUTION_ROLES.join(', ')}, not ${text.slice(0, 80)}`),
  );
};

const normalizationOf = (text: string | undefined): Normalization => {
  if (text === undefined) return 'as it is';
  if (text.toLowerCase() === 'nfc') return 'nfc';
  throw new CodedError(fault('ARGUMENT_INVALID', `--normalize takes nfc, not ${text.slice(0, 80)}`));
};

/** What each option of the command has to do with a fault, which the core of contributing cannot name. */
const HINTS: Readonly<Partial<Record<string, string>>> = {
  CONTRIBUTE_BEGUN: 'name it with --state',
  CONTRIBUTE_COMMITS_UNKNOWN: '--with-unknown-commits',
  CONTRIBUTE_FIELDS: 'name them with --field',
  CONTRIBUTE_TOO_LARGE: 'lower --items',
  CONTRIBUTE_JOURNAL: 'choose another --state',
  CONTRIBUTE_JOURNAL_MISSING:
    'if it was moved, name its new path with --state, and its rows; to give its bonds up, name the path of this message with --forget',
  CONTRIBUTE_JOURNAL_OTHER: 'choose another --state',
  CONTRIBUTE_TEXT_MISSING: '--without-missing',
};

const hintFor = ({ code, data }: Fault): string | undefined => {
  if (code === 'CONTRIBUTE_ROW' && data?.field !== undefined) return HINTS.CONTRIBUTE_FIELDS;
  // Another state would leave its bonds behind.
  if (code === 'CONTRIBUTE_JOURNAL_OTHER' && data?.bonded !== 0) return undefined;
  return HINTS[code];
};

/** Runs what may refuse, and adds to its fault the option that helps. */
const withHints = async <T>(run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    const hint = error instanceof CodedError ? hintFor(error.fault) : undefined;
    if (!(error instanceof CodedError) || hint === undefined) throw error;
    throw new CodedError({ ...error.fault, message: `${error.fault.message}; ${hint}` }, { cause: error });
  }
};

/**
 * Runs what may go on with an earlier run. If it ends before it has begun, the bonds of that run are named, because nothing
 * else names them and time is short. The run of another process that has the state goes on by itself.
 * @param run - calls its argument once it has begun, with what names its bonds from then on
 */
const namingBonds = async <T>(
  journal: JournalStore,
  run: (onBegin: typeof noteOpen) => Promise<T>,
): Promise<T> => {
  let hasBegun = false;
  noteOpen(() => leftOpenBefore(journal));
  try {
    return await run((leftOpen) => {
      hasBegun = true;
      noteOpen(leftOpen);
    });
  } catch (error) {
    const isRunning = error instanceof CodedError && error.code === 'IN_USE';
    const open = hasBegun || isRunning ? undefined : leftOpenBefore(journal);
    if (open !== undefined) note(open);
    throw error;
  } finally {
    noteSettled();
  }
};

type Opened = { readonly ground: Ground; readonly file: RowsFile };

const open = async (path: string, options: Options): Promise<Opened> => {
  refuseTwo({
    '--from': options.from,
    '--key': options.key,
    '--private-key-file': options.privateKeyFile,
  });
  const client = await connect(options);
  const datanet = await client.call('datanet_get', { id: readId('--datanet', options.datanet) });
  const file = unwrap(readRows(path, datanet.terms, options.field, normalizationOf(options.normalize)));
  const key = options.from ?? options.key;
  const wallet = await createWallet(
    client,
    await readSigningKey(key === undefined ? options : { ...options, key }),
  );
  const ground = await openGround({
    client,
    wallet,
    table: infoTable(),
    datanet,
    rows: file.rows,
    withoutMissing: options.withoutMissing === true,
    // Whoever gives bonds up knows that their commits are still open.
    withUnknownCommits: options.withUnknownCommits === true || options.forget !== undefined,
    readerThrough: (steady) =>
      openTextCache(steady, { onWaiting: (waiting) => note(waitingText(waiting)) }).contributions,
    progress: note,
  });
  if (!file.rows.every(isComposed)) note('--normalize nfc contributes them as usual text');
  return { ground, file };
};

type Told = {
  readonly contribution: ContributionId | null;
  /** The first line of its rows in the file. */
  readonly firstLine: number;
  readonly lastLine: number;
  readonly items: number;
  readonly transaction: string | null;
  readonly error: NonNullable<Contributed['refused']> | null;
};

const linesOf = ({ rows }: RowsFile, { from, to }: Stretch) => ({
  firstLine: rows[from]?.line ?? 0,
  lastLine: rows[to - 1]?.line ?? 0,
  items: to - from,
});

const tell = (file: RowsFile, part: Contributed): Told => ({
  contribution: part.contribution ?? null,
  ...linesOf(file, part),
  transaction: part.revealed ?? null,
  error: part.refused ?? null,
});

const report = (told: readonly Told[], options: Options, state: string): void => {
  if (options.json) printJsonLine({ datanet: Number(options.datanet), state, contributions: told });
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

/**
 * Returns where a run keeps how far it has come: beside the rows, unless the user says where. What is no file, such as a
 * pipe, has no place beside it that is there again when the run is started again.
 * @throws CodedError `STATE_UNNAMED`
 */
export const statePath = (path: string, given: string | undefined): string => {
  if (given !== undefined) return given;
  const state = `${path}.contribute.json`;
  // Whoever reads the rows says that they are not there.
  const found = statSync(path, { throwIfNoEntry: false });
  const isPassing = found !== undefined && !found.isFile() && !found.isDirectory();
  if (!isPassing && !SYSTEM_FOLDERS.test(resolve(path))) return state;
  throw new CodedError(
    fault(
      'STATE_UNNAMED',
      `${path} is no file that stays where it is, so nothing is kept beside it: name a file for the state of this run with --state, because nothing else can reveal what it commits`,
      { path },
    ),
  );
};

const contribute = async (path: string | undefined, options: Options): Promise<void> => {
  if (path === undefined)
    throw new CodedError(
      fault(
        'USAGE',
        `missing required argument 'file.jsonl'${options.field === undefined ? '' : ': --field takes every name that follows it, so the file comes first'}`,
      ),
    );
  const role = roleOf(options.role);
  const itemsMax = readCount('--items', options.items, 1, MAX_UINT32);
  const state = statePath(path, options.state);
  const journal = journalFile(state);
  const prepare = async () => {
    const { ground, file } = await open(path, options);
    const journaled = {
      subject: {
        file: rowsHash(file.bytes, normalizationOf(options.normalize)),
        fields: options.field,
        role,
      },
      journal,
      enterPlace: enterIn(userPath('contributions'), state, {
        warn: note,
        ...(options.forget === undefined ? {} : { forgotten: options.forget }),
      }),
      itemsMax,
    };
    return { ground, file, journaled };
  };
  if (options.dryRun) {
    const { ground, file, journaled } = await prepare();
    const { stretches, bond, places } = await planJournaled(ground, journaled);
    printJson({
      datanet: ground.datanet.id,
      bond: bond.toString(),
      contributions: stretches.map((stretch) => linesOf(file, stretch)),
      ...(places === undefined ? {} : { places }),
    });
    return;
  }
  const told = await namingBonds(journal, async (onBegin) => {
    const { ground, file, journaled } = await prepare();
    const parts = await contributeJournaled(ground, {
      ...journaled,
      onSending: noteSent,
      onBegin,
      signal: new AbortController().signal,
    });
    return parts.map((part) => tell(file, part));
  });
  report(told, options, state);
};

export const registerContribute = (program: Command): void => {
  withKey(
    withConnection(
      program
        .command('contribute')
        .description('commit, declare, reveal and upload the rows of a file in a Datanet')
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
    .option('--normalize <form>', 'nfc: compose the characters of the rows, so that accents match usual text')
    .option(
      '--role <role>',
      `${CONTRIBUTION_ROLES.join(', ')}, which proposes that the words of the rows be nobody’s`,
      'data',
    )
    .option('--items <n>', 'rows of one contribution at most', String(ITEMS_MAX_DEFAULT))
    .option('--state <file>', 'where to keep how far it has come (default: beside the file)')
    .option(
      '--forget <state...>',
      'give up the bonds of runs whose state files are not there any more; put it after the file',
    )
    .option('--without-missing', 'go on though texts of the Datanet cannot be read')
    .option('--with-unknown-commits', 'go on though the account has commits to reveal that no state file has')
    .option('--dry-run', 'print what would be contributed, and send nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nStopped at any point and started again, it goes on where it was: nothing is committed twice. Keep the state ' +
        'file until it is done, for nothing else can reveal what was committed.',
    )
    .action((path: string | undefined, options: Options) => withHints(() => contribute(path, options)));
};
