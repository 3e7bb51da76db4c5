/**
 * How far a contribution has come: what makes a restart go on where it stopped. All salts follow from one secret, so that
 * a commit can be revealed as long as the journal exists.
 */
import { ContributionRoleType } from '../../state/tx/data-contribution.ts';
import type { OutboxEntry } from '../client/outbox.ts';
import type { Root } from '../lib/brands.ts';
import { toHex, uint64Bytes } from '../lib/bytes.ts';
import { CodedError, type Fault, unwrap } from '../lib/errors.ts';
import { taggedHash } from '../lib/hash.ts';
import { contributionId, datanetId } from '../lib/ids.ts';
import {
  boolean,
  bytes,
  container,
  type Json,
  list,
  optional,
  text,
  uint32,
  type ValueOf,
  withDefault,
} from '../lib/ssz.ts';
import { fail, fault, type Result } from './errors.ts';

// Only the JSON of these types is used. The limits bound what is read, and nothing that is written reaches them.
const line = text(1 << 20);
const transaction = text(4 << 20);
const marks = text(64 << 20);

const PartType = container({
  /** Rows [from, to). */
  from: uint32,
  to: uint32,
  /** The digest of its text, by which the chain takes a text once; empty in a journal of an earlier version. */
  digest: withDefault(line, ''),
  /** The marks of its rows, one after the other (`marksOf`); empty in a journal of an earlier version. */
  rows: withDefault(marks, ''),
  /** Undefined until the commit is in a block. */
  contribution: optional(contributionId),
  /** The id of the transaction that revealed it. */
  revealed: optional(line),
  /** True once a node has its text, which is given to it after the reveal. */
  uploaded: withDefault(boolean, false),
  /** Why it will not be revealed; undefined as long as it can be. */
  refused: optional(container({ code: line, message: line })),
});
export type Part = ValueOf<typeof PartType>;

const SubjectType = container({
  genesis: line,
  account: line,
  datanet: datanetId,
  /** The SHA-256 of the rows, and how they were normalised. */
  file: line,
  fields: optional(list(line, 1 << 10)),
  role: ContributionRoleType,
});
/** The subject of a journal. Other rows, or another Datanet, account or chain, have another journal. */
export type JournalSubject = ValueOf<typeof SubjectType>;

const JournalType = container({
  subject: SubjectType,
  /** The bytes from which all salts follow. */
  secret: bytes(32),
  parts: list(PartType, 1 << 24),
  outbox: list(container({ key: line, id: line, transaction, validUntil: line }), 1 << 16),
});
type Content = ValueOf<typeof JournalType>;

/** Returns what a journal is known by, wherever it is kept: it follows from the secret, and does not tell it. */
export const journalId = ({ secret }: Pick<Content, 'secret'>): string =>
  toHex(taggedHash('openledger/contribute/journal/1', secret));

/** The key in the outbox of the commit of a part begins with this, and its number follows. */
export const COMMIT = 'commit/';

/** Where a journal is kept. */
export type JournalStore = {
  /** What messages call it, such as the path of a file. */
  readonly name: string;
  /** Returns what was written last; undefined if nothing was. */
  readonly read: () => string | undefined;
  /** Keeps the text. A program that is stopped after this returns must read it when it is started again. */
  readonly write: (text: string) => void;
  /**
   * Keeps every other program from the journal until the returned function is called. Left out by a store that no other
   * program reaches.
   * @throws CodedError `IN_USE` if another program has it
   */
  readonly hold?: () => () => void;
};

/** A store that is lost with the program: what was committed by then can never be revealed, and its bonds are lost. */
export const memoryJournal = (): JournalStore => {
  let kept: string | undefined;
  return {
    name: 'the journal in memory',
    read: () => kept,
    write: (content) => {
      kept = content;
    },
  };
};

export type Journal = {
  parts: readonly Part[];
  outbox: readonly OutboxEntry[];
  /** The salt of a row. */
  readonly itemSalt: (row: number) => Root;
  /** The salt of the commit of the contribution that begins with this row. */
  readonly commitSalt: (row: number) => Root;
  /**
   * Writes the journal to its store.
   * @throws CodedError `IN_USE` if another program has written to it, `CONTRIBUTE_JOURNAL_MISSING` if it is not there any
   *   more; what the store throws
   */
  readonly save: () => void;
};

const sameSubject = (a: JournalSubject, b: JournalSubject): boolean =>
  JSON.stringify(SubjectType.toJson(a)) === JSON.stringify(SubjectType.toJson(b));

/** @param kept - what the store held when the journal was read */
const journalOf = (
  store: JournalStore,
  { subject, secret, parts, outbox }: Content,
  kept: string | undefined,
): Journal => {
  let last = kept;
  const saltOf = (purpose: string, row: number): Root =>
    taggedHash(`openledger/contribute/${purpose}/1`, secret, uint64Bytes(BigInt(row)));
  const journal: Journal = {
    parts,
    outbox,
    itemSalt: (row) => saltOf('item', row),
    commitSalt: (row) => saltOf('commit', row),
    save: () => {
      const content = { subject, secret, parts: journal.parts, outbox: journal.outbox };
      const found = store.read();
      if (found === undefined && last !== undefined)
        throw new CodedError(
          fault(
            'CONTRIBUTE_JOURNAL_MISSING',
            `${store.name} was written by this run, and is not there any more; move it back or mount its disk, then go on with it`,
            { journals: [store.name] },
          ),
        );
      // Two programs with one journal would make two sets of commits, and lose the secrets of one.
      if (found !== last)
        throw new CodedError(
          fault('IN_USE', `another program writes to ${store.name}; stop it before this one goes on`, {
            name: store.name,
          }),
        );
      const text = `${JSON.stringify(JournalType.toJson(content))}\n`;
      store.write(text);
      last = text;
    },
  };
  return journal;
};

/**
 * Returns a new journal. It is not in its store before it is saved.
 * @param secret - 32 random bytes
 */
export const newJournal = (
  store: JournalStore,
  subject: JournalSubject,
  secret: Uint8Array,
  parts: readonly (Pick<Part, 'from' | 'to'> & Partial<Pick<Part, 'digest' | 'rows'>>)[],
): Journal => {
  const planned = parts.map(
    ({ from, to, digest = '', rows = '' }): Part => ({
      from,
      to,
      digest,
      rows,
      contribution: undefined,
      revealed: undefined,
      uploaded: false,
      refused: undefined,
    }),
  );
  return journalOf(store, { subject, secret, parts: planned, outbox: [] }, undefined);
};

const jsonOf = (content: string): Json | undefined => {
  try {
    return JSON.parse(content) as Json;
  } catch {
    return undefined;
  }
};

/** Returns what a journal holds. @param kept - what its store holds */
export const contentOf = ({ name }: JournalStore, kept: string): Result<Content> => {
  const content = JournalType.fromJson(jsonOf(kept));
  return content.ok
    ? content
    : fail('CONTRIBUTE_JOURNAL', `${name} is not a journal of contributions: ${content.fault.message}`, {
        name,
      });
};

/** Whether a part is committed, and neither revealed nor refused. */
export const isUnrevealed = ({ contribution, revealed, refused }: Part): boolean =>
  contribution !== undefined && revealed === undefined && refused === undefined;

/** Returns the parts whose bond is at stake: those that are committed, perhaps, and neither revealed nor refused. */
export const bondedIn = ({ parts, outbox }: Content): readonly Part[] => {
  const sent = new Set(outbox.map(({ key }) => key));
  return parts.filter(
    ({ contribution, revealed, refused }, at) =>
      revealed === undefined &&
      refused === undefined &&
      (contribution !== undefined || sent.has(`${COMMIT}${at}`)),
  );
};

/** Says what a journal of another subject belongs to, and what to do if bonds depend on it. */
const otherFault = (name: string, content: Content, subject: JournalSubject): Fault => {
  const bonded = bondedIn(content).length;
  const isOf = ({ genesis, account, datanet }: JournalSubject): string => `${genesis} ${account} ${datanet}`;
  const what =
    isOf(content.subject) === isOf(subject)
      ? 'other rows, or to the same rows with other names of fields, another role or another normalisation'
      : 'another Datanet, account or chain';
  const text = `${name} belongs to ${what}`;
  return fault(
    'CONTRIBUTE_JOURNAL_OTHER',
    bonded === 0
      ? text
      : `${text}. It alone can reveal what it has committed (${bonded} of ${content.parts.length} contributions) and save the bonds: keep it, restore the rows and the options with which it was begun, and go on with it until it has finished. Then contribute rows that were added from a file of their own`,
    { name, bonded },
  );
};

/**
 * Returns the journal of the store; undefined if it has none.
 * @throws CodedError `CONTRIBUTE_JOURNAL` if it is damaged, `CONTRIBUTE_JOURNAL_OTHER` if it is of another subject
 */
export const readJournal = (store: JournalStore, subject: JournalSubject): Journal | undefined => {
  const kept = store.read();
  if (kept === undefined) return undefined;
  const content = unwrap(contentOf(store, kept));
  if (!sameSubject(content.subject, subject)) throw new CodedError(otherFault(store.name, content, subject));
  return journalOf(store, content, kept);
};
