/**
 * Contributes rows to a Datanet, from the commit over the reveal to the upload of the texts. Acceptance is the reviewers'
 * work after that.
 *
 * @example
 * const [done] = await contribute({ client, wallet, datanet: 1, rows: [{ question: '…', answer: '…' }] });
 */
import { sharedPlace } from '#shared-place';
import type { InfoTable } from '../../state/attribution/info1.ts';
import { CONTRIBUTION_ROLES, type ContributionRole } from '../../state/tx/data-contribution.ts';
import { type InfoTableSource, loadInfoTable } from '../attribution/load-info-table.ts';
import { CLIENT, type RpcClient } from '../client/rpc-client.ts';
import { WALLET, type Wallet } from '../client/wallet.ts';
import {
  checkFields,
  FUNCTION,
  LIST,
  type Must,
  oneOf,
  optional,
  SIGNAL,
  WHOLE_NUMBER,
  withMethods,
} from '../lib/arguments.ts';
import { toHex, utf8 } from '../lib/bytes.ts';
import { type Fault, unwrap } from '../lib/errors.ts';
import { sha256 } from '../lib/hash.ts';
import type { ContributionId, DatanetId } from '../lib/ids.ts';
import { readBegun } from './begun.ts';
import { Contributor } from './contributor.ts';
import { noveltyRulesOf } from './datanet-contents.ts';
import { type Begun, digestOf, marksOf } from './duplicates.ts';
import { bondOf, type Ground, openGround, type Plan, planRows } from './ground.ts';
import {
  type Journal,
  type JournalStore,
  type JournalSubject,
  memoryJournal,
  newJournal,
  readJournal,
} from './journal.ts';
import { type EnterPlace, enterHere, fromPlace, type Place } from './place.ts';
import { type Normalization, rowsOf } from './rows.ts';

/** The most rows of one contribution, unless another number is given. */
export const ITEMS_MAX_DEFAULT = 4_000;

/** A row: a text for each field of the Datanet, or a string if the Datanet has one field. */
export type ContributionRow = string | Readonly<Record<string, string>>;

/** A contribution of some of the rows. */
export type Contributed = {
  /** Rows [from, to), counted from 0. */
  readonly from: number;
  readonly to: number;
  /** Its id; undefined if it was refused before it was committed. */
  readonly contribution: ContributionId | undefined;
  /** The id of the transaction that revealed it, 0x-hex; undefined if it was refused. The node has its text then. */
  readonly revealed: string | undefined;
  /** Why it was not revealed; undefined if it was. */
  readonly refused: Pick<Fault, 'code' | 'message'> | undefined;
};

export type JournaledOptions = {
  /** What the rows are: `genesis` and the rest say whose, and where. */
  readonly subject: Pick<JournalSubject, 'file' | 'fields' | 'role'>;
  readonly journal: JournalStore;
  readonly enterPlace: EnterPlace;
  readonly itemsMax: number;
  /** Called with the id of each transaction before it is sent, 0x-hex. */
  readonly onSending?: (id: string) => void;
  /**
   * Called once, before anything is sent, with a function that returns what people have to know if the program ends now;
   * undefined if no bond depends on that.
   */
  readonly onBegin?: (leftOpen: () => string | undefined) => void;
  readonly signal: AbortSignal;
};

/** Names the rows of a journal: the SHA-256 of what holds them, and what was done to them. */
export const rowsHash = (bytes: Uint8Array, as: Normalization): string =>
  `${toHex(sha256(bytes))}${as === 'nfc' ? ' nfc' : ''}`;

const subjectOf = ({ wallet, datanet }: Ground, given: JournaledOptions['subject']): JournalSubject => ({
  genesis: toHex(wallet.chain.genesisHash),
  account: toHex(wallet.address),
  datanet: datanet.id,
  ...given,
});

/** Reads what other journals of the place have begun. No other run changes them while this one has the place. */
const begunAt = (
  { others }: Place,
  { client, wallet, progress }: Ground,
  { journal }: Pick<JournaledOptions, 'journal'>,
): Promise<Begun> =>
  readBegun({ client, genesis: toHex(wallet.chain.genesisHash), progress }, others, journal);

/** Returns the journal of a store, planned anew if the store has none. @param begun - what other journals have committed */
const openJournal = async (
  ground: Ground,
  { subject: given, journal: store, itemsMax }: JournaledOptions,
  begun: Begun,
): Promise<Journal> => {
  const { datanet, rows, progress } = ground;
  const subject = subjectOf(ground, given);
  const known = readJournal(store, subject);
  if (known !== undefined) {
    progress(`going on with ${store.name}`);
    // Contributions that were planned stay as they are: some may be committed already.
    if (known.parts.some(({ from, to }) => to - from > itemsMax))
      progress(
        `the contributions stay as they were planned: at most ${itemsMax} rows has no effect on a contribution that was begun`,
      );
    return known;
  }
  const { stretches } = await planRows(ground, { itemsMax, role: given.role }, begun);
  const parts = stretches.map(({ from, to }) => ({
    from,
    to,
    digest: digestOf(datanet.id, rows.slice(from, to)),
    rows: marksOf(datanet.id, rows.slice(from, to)),
  }));
  const journal = newJournal(store, subject, crypto.getRandomValues(new Uint8Array(32)), parts);
  journal.save();
  return journal;
};

/**
 * Contributes the rows of the ground, or continues what the journal has begun. It writes each step to the journal before
 * it takes the step, so it can be stopped at any point.
 * @throws CodedError as {@link planRows}, once what is committed is revealed; `CONTRIBUTE_BEGUN`, `CONTRIBUTE_JOURNAL`,
 *   `CONTRIBUTE_JOURNAL_OTHER`; `IN_USE` if another run contributes to the Datanet with the account, or uses the journal
 */
export const contributeJournaled = (
  ground: Ground,
  options: JournaledOptions,
): Promise<readonly Contributed[]> =>
  fromPlace(ground, options.journal, options.enterPlace, 'finish', (place) =>
    contributeFrom(place, ground, options),
  );

/**
 * Returns what {@link contributeJournaled} would contribute, and what bonds that takes: what the journal has planned, or
 * a new plan. It sends nothing, and writes no journal.
 * @throws CodedError as {@link contributeJournaled} before it commits
 */
export const planJournaled = (
  ground: Ground,
  options: Pick<JournaledOptions, 'subject' | 'journal' | 'enterPlace' | 'itemsMax'>,
): Promise<Plan> =>
  fromPlace(ground, options.journal, options.enterPlace, 'look', async (place) => {
    const begun = await begunAt(place, ground, options);
    const known = readJournal(options.journal, subjectOf(ground, options.subject));
    const { itemsMax, subject } = options;
    if (known === undefined) return planRows(ground, { itemsMax, role: subject.role }, begun);
    ground.progress(`${options.journal.name} has begun, and would be gone on with`);
    return { stretches: known.parts, bond: bondOf(ground, known.parts) };
  });

const contributeFrom = async (
  place: Place,
  ground: Ground,
  options: JournaledOptions,
): Promise<readonly Contributed[]> => {
  const { client, wallet, table, datanet, params, rows, readDatanet, lackIn, progress } = ground;
  const begun = await begunAt(place, ground, options);
  const journal = await openJournal(ground, options, begun);
  place.begin();
  const contributor = new Contributor({
    client,
    wallet,
    journal,
    begun,
    table,
    rows,
    datanet: datanet.id,
    licence: datanet.terms.licence,
    role: options.subject.role,
    rules: noveltyRulesOf(datanet.terms.rules, params),
    revealMin: BigInt(params.contribution.revealMin),
    revealMax: BigInt(params.contribution.revealMax),
    transactionBytes: params.blocks.maxTransactionBytes,
    blockBytes: params.blocks.maxBytes,
    readDatanet,
    lackIn,
    readUnknown: ground.readUnknown,
    unknownIn: ground.unknownIn,
    progress,
    ...(options.onSending === undefined ? {} : { onSending: options.onSending }),
    signal: options.signal,
  });
  options.onBegin?.(() => contributor.leftOpen());
  return contributor.run();
};

export type ContributeOptions = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  readonly datanet: DatanetId;
  readonly rows: readonly ContributionRow[];
  /** The names of the fields in the rows, in the order of the Datanet's fields. The Datanet's names if left out. */
  readonly fields?: readonly string[];
  /** Composes the characters of the rows (Unicode NFC). They are contributed as they are if left out. */
  readonly normalize?: 'nfc';
  /** `data` if left out. `commons` proposes the rows as a commons: their words must stand in the Datanet already. */
  readonly role?: ContributionRole;
  /** The most rows of one contribution: the most that a single challenge can strike or make void. */
  readonly itemsMax?: number;
  /**
   * Keeps how far it has come. What was committed can be revealed only with the journal: without one, a program that is
   * stopped loses the bonds of its commits.
   */
  readonly journal?: JournalStore;
  /**
   * The journals of earlier programs that may not have finished. What they have committed is not committed again, because
   * only they can reveal it and save its bond. Journals of this program need not be named, nor, in Node, those of the
   * command that the same user has begun.
   */
  readonly otherJournals?: readonly JournalStore[];
  /** The INFO-1 table, or where it comes from. From the package if left out. */
  readonly infoTable?: InfoTable | InfoTableSource;
  /** Whether to go on though texts of accepted contributions cannot be read. */
  readonly withoutMissing?: boolean;
  /**
   * Whether to go on though the account has commits in this Datanet that are still to be revealed and that no known journal
   * has. Another program that contributes the same rows with the account would cost the bonds of one of the two.
   */
  readonly withUnknownCommits?: boolean;
  /** Called with what is happening, for people. */
  readonly progress?: (text: string) => void;
  readonly signal?: AbortSignal;
};

const BOOLEAN: Must = { be: 'true or false', is: (value) => typeof value === 'boolean' };
const OPTIONS = {
  client: CLIENT,
  wallet: WALLET,
  datanet: WHOLE_NUMBER,
  fields: optional(LIST),
  normalize: optional({ be: 'nfc', is: (value) => value === 'nfc' }),
  role: optional(oneOf(CONTRIBUTION_ROLES)),
  itemsMax: optional({
    be: 'a whole number, 1 or more',
    is: (value) => WHOLE_NUMBER.is(value) && value !== 0,
  }),
  journal: optional(withMethods('a journal with read and write', 'read', 'write')),
  otherJournals: optional(LIST),
  withoutMissing: optional(BOOLEAN),
  withUnknownCommits: optional(BOOLEAN),
  progress: optional(FUNCTION),
  signal: optional(SIGNAL),
};

/**
 * Contributes rows, in as few contributions as possible, and returns once each is refused, or revealed and its text with the
 * node.
 * @throws CodedError `ARGUMENT_INVALID`; for a fault that concerns all rows: `DATANET_NOT_FOUND`, `CONTRIBUTE_ROW`, `CONTRIBUTE_FIELDS`,
 * `CONTRIBUTE_EMPTY`, `CONTRIBUTE_NOT_COMMON`, `CONTRIBUTION_COMMONS_RULES`, `CONTRIBUTION_DUPLICATE`, `CONTRIBUTE_BEGUN`,
 * `CONTRIBUTE_COMMITS_UNKNOWN`, `BALANCE_TOO_LOW`, `INFO1_UNAVAILABLE`, `IN_USE`, `CONTRIBUTE_JOURNAL`, `CONTRIBUTE_JOURNAL_OTHER`; as `RpcClient.call`; the
 * reason of the signal
 */
export const contribute = async (options: ContributeOptions): Promise<readonly Contributed[]> => {
  checkFields('', options, OPTIONS);
  const { client, wallet, fields, role = 'data', itemsMax = ITEMS_MAX_DEFAULT, infoTable } = options;
  const datanet = await client.call('datanet_get', { id: options.datanet });
  const rows = unwrap(rowsOf(options.rows, datanet.terms, fields, options.normalize));
  const table = infoTable instanceof Uint16Array ? infoTable : await loadInfoTable(infoTable);
  const ground = await openGround({
    client,
    wallet,
    table,
    datanet,
    rows,
    withoutMissing: options.withoutMissing ?? false,
    withUnknownCommits: options.withUnknownCommits ?? false,
    progress: options.progress ?? (() => undefined),
  });
  return contributeJournaled(ground, {
    subject: {
      file: rowsHash(utf8(JSON.stringify(options.rows)), options.normalize ?? 'as it is'),
      fields,
      role,
    },
    journal: options.journal ?? memoryJournal(),
    enterPlace: sharedPlace(enterHere(options.journal, options.otherJournals ?? []), {
      warn: ground.progress,
    }),
    itemsMax,
    signal: options.signal ?? new AbortController().signal,
  });
};
