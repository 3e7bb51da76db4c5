/**
 * How far a contribution of a file has come, on the disk: what makes a restart go on where it stopped. All salts follow
 * from one secret, so that a commit can be revealed as long as this file is there.
 */
import { existsSync } from 'node:fs';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { ContributionRoleType } from '../../state/tx/data-contribution.ts';
import type { Root } from '../lib/brands.ts';
import { fromHex, uint64Bytes } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { readJson, SECRET_MODE, writeFileAtomic } from '../lib/files.ts';
import { taggedHash } from '../lib/hash.ts';
import { fault } from './errors.ts';

const Count = Type.Integer({ minimum: 0 });

const PartOf = Type.Object({
  /** Rows [from, to) of the file. */
  from: Count,
  to: Count,
  /** The contribution id. Null until the commit is in a block. */
  contribution: Type.Union([Count, Type.Null()]),
  /** The id of the transaction that revealed it. */
  revealed: Type.Union([Type.String(), Type.Null()]),
  /** Why it will not be revealed; null as long as it can be. */
  refused: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
});

export type Part = Static<typeof PartOf>;

const Entry = Type.Object({
  key: Type.String(),
  id: Type.String(),
  transaction: Type.String(),
  validUntil: Type.String(),
});

/** The subject of a journal. Another file, Datanet, account or chain has another journal. */
const Subject = Type.Object({
  genesis: Type.String(),
  account: Type.String(),
  datanet: Count,
  /** The SHA-256 of the file. */
  file: Type.String(),
  fields: Type.Union([Type.Array(Type.String()), Type.Null()]),
  role: Type.Unsafe<string>(ContributionRoleType.schema),
});

export type JournalSubject = Static<typeof Subject>;

const Journaled = Type.Object({
  subject: Subject,
  /** The 32 bytes from which all salts follow. */
  secret: Type.String({ pattern: '^0x[0-9a-f]{64}$' }),
  parts: Type.Array(PartOf),
  outbox: Type.Array(Entry),
});

type Content = Static<typeof Journaled>;

export type Journal = {
  readonly path: string;
  parts: readonly Part[];
  outbox: readonly Static<typeof Entry>[];
  /** The salt of a row of the file. */
  readonly itemSalt: (row: number) => Root;
  /** The salt of the commit of the contribution that begins with this row. */
  readonly commitSalt: (row: number) => Root;
  /** Saves the journal: it is on the disk when this returns. @throws CodedError `FILE_UNWRITABLE` */
  readonly save: () => void;
};

const sameSubject = (a: JournalSubject, b: JournalSubject): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

const journalOf = (path: string, { subject, secret, parts, outbox }: Content): Journal => {
  const bytes = unwrap(fromHex(secret, 32));
  const saltOf = (purpose: string, row: number): Root =>
    taggedHash(`openledger/contribute/${purpose}/1`, bytes, uint64Bytes(BigInt(row)));
  const journal: Journal = {
    path,
    parts,
    outbox,
    itemSalt: (row) => saltOf('item', row),
    commitSalt: (row) => saltOf('commit', row),
    save: () => {
      const content = { subject, secret, parts: journal.parts, outbox: journal.outbox };
      writeFileAtomic(path, `${JSON.stringify(content)}\n`, SECRET_MODE);
    },
  };
  return journal;
};

/** Returns a new journal. It is not on the disk before it is saved. */
export const newJournal = (
  path: string,
  subject: JournalSubject,
  secret: string,
  parts: readonly Pick<Part, 'from' | 'to'>[],
): Journal => {
  const planned = parts.map(
    ({ from, to }): Part => ({ from, to, contribution: null, revealed: null, refused: null }),
  );
  return journalOf(path, { subject, secret, parts: planned, outbox: [] });
};

/**
 * Undefined if there is none.
 * @throws CodedError `CONTRIBUTE_JOURNAL` if it is damaged, `CONTRIBUTE_JOURNAL_OTHER` if it is of another subject
 */
export const readJournal = (path: string, subject: JournalSubject): Journal | undefined => {
  if (!existsSync(path)) return undefined;
  const content = unwrap(readJson(path));
  if (!Value.Check(Journaled, content))
    throw new CodedError(
      fault('CONTRIBUTE_JOURNAL', `${path} is not what this command wrote; choose another --state`, { path }),
    );
  if (!sameSubject(content.subject, subject))
    throw new CodedError(
      fault(
        'CONTRIBUTE_JOURNAL_OTHER',
        `${path} belongs to another file, Datanet, account or chain; choose another --state`,
        { path },
      ),
    );
  return journalOf(path, content);
};
