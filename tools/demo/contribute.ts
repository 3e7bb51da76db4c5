/**
 * People contribute files by the shipped contributor, one after the other in each Datanet: a contribution declares which
 * of its words the Datanet already holds, so it is declared once those before it are revealed.
 */

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Contributor } from '../../src/contribute/contributor.ts';
import { type DatanetContents, openDatanetReader, rulesOf } from '../../src/contribute/datanet-contents.ts';
import { type Journal, newJournal } from '../../src/contribute/journal.ts';
import type { Stretch } from '../../src/contribute/plan.ts';
import { type Row, readRows } from '../../src/contribute/rows.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import type { ItemSchema } from '../../state/tx/datanet-create.ts';
import type { Actor } from './actors.ts';
import { openContent } from './content.ts';
import type { Ledger } from './ledger.ts';

/** A stretch of a file that becomes one contribution, and its name in messages to people. */
export type Part = Stretch & { readonly title: string };

/** What one person brings to one Datanet. */
export type Submission = {
  readonly owner: Actor;
  readonly datanet: DatanetId;
  /** The objects of the file, one per row, with the fields of the Datanet. */
  readonly rows: readonly object[];
  readonly parts: readonly Part[];
};

export type Contribution = {
  readonly owner: Actor;
  readonly datanet: DatanetId;
  readonly title: string;
  readonly contribution: ContributionId;
  readonly rows: readonly Row[];
};

/** The refused part of a submission, with the code that the contributor gives. */
export type Refused = { readonly title: string; readonly code: string };

export type Contributed = {
  readonly revealed: readonly Contribution[];
  readonly refused: readonly Refused[];
};

/** A written file with the journal of its contribution, as `openledger contribute` would keep it beside the file. */
export type OpenedFile = { readonly rows: readonly Row[]; readonly journal: Journal };

export const writeRows = (path: string, rows: readonly object[]): void =>
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

export type Contributing = {
  /** Writes the file of a submission. */
  readonly open: (submission: Submission) => Promise<OpenedFile>;
  /** Contributes files to one Datanet or several, in this order. @param onRevealed - is told what each has revealed */
  readonly inTurn: (
    submissions: readonly Submission[],
    onRevealed: (contributions: readonly Contribution[]) => void,
  ) => Promise<Contributed>;
};

/** Returns the file of rows with the schema, and a new journal for it. */
export const openFile = (
  path: string,
  schema: ItemSchema,
  {
    account,
    datanet,
    genesis,
  }: { readonly account: string; readonly datanet: DatanetId; readonly genesis: string },
  parts: readonly Stretch[],
): OpenedFile => {
  const { bytes, rows } = unwrap(readRows(path, schema, undefined));
  const subject = { genesis, account, datanet, file: toHex(sha256(bytes)), fields: null, role: 'data' };
  const journal = newJournal(
    `${path}.contribute.json`,
    subject,
    toHex(new Uint8Array(randomBytes(32))),
    parts,
  );
  return { rows, journal };
};

/** @param folder - where the files are written */
export const openContributing = async (ledger: Ledger, folder: string): Promise<Contributing> => {
  const { writer } = ledger;
  const params = await writer.call('chain_getParams');
  const { genesisHash: genesis } = await writer.call('chain_getDomain');
  // Nothing is declared from what is missing: the reader waits for texts that have not arrived.
  const read = openDatanetReader(writer, openContent(writer).contributions);

  const open: Contributing['open'] = async ({ owner, datanet, rows, parts }) => {
    const { terms } = await writer.call('datanet_get', { id: datanet });
    const path = join(folder, `${owner.name}-datanet-${datanet}.jsonl`);
    writeRows(path, rows);
    return openFile(path, terms.schema, { account: toHex(owner.address), datanet, genesis }, parts);
  };

  /** @param readDatanet - is called once all parts are committed, and then whenever they are declared anew */
  const run = async (
    submission: Submission,
    readDatanet: () => Promise<DatanetContents>,
  ): Promise<Contributed> => {
    const { owner, datanet, parts } = submission;
    const { rows, journal } = await open(submission);
    const { terms } = await writer.call('datanet_get', { id: datanet });
    const done = await new Contributor({
      client: writer,
      wallet: await ledger.wallet(owner),
      journal,
      rows,
      datanet,
      licence: terms.licence,
      role: 'data',
      rules: rulesOf(params),
      revealMin: BigInt(params.contribution.revealMin),
      transactionBytes: params.blocks.maxTransactionBytes,
      readDatanet,
      progress: () => undefined,
    }).run();
    const titled = done.map((part, i) => ({ ...part, title: parts[i]?.title ?? '' }));
    return {
      revealed: titled.flatMap(({ contribution, refused, from, to, title }) =>
        contribution === null || refused !== null
          ? []
          : [{ owner, datanet, title, contribution, rows: rows.slice(from, to) }],
      ),
      refused: titled.flatMap(({ title, refused }) =>
        refused === null ? [] : [{ title, code: refused.code }],
      ),
    };
  };

  return {
    open,
    inTurn: async (submissions, onRevealed) => {
      const runs: Promise<Contributed>[] = [];
      for (const submission of submissions) {
        const before = runs.at(-1);
        // The next one commits as soon as this one has committed, and declares once this one is revealed.
        const committed = Promise.withResolvers<undefined>();
        const own = run(submission, async () => {
          committed.resolve(undefined);
          await before;
          return read(submission.datanet);
        });
        const reported = own.then((contributed) => {
          onRevealed(contributed.revealed);
          return contributed;
        });
        // It is awaited below. If an earlier one fails before that, only that failure is reported.
        reported.catch(() => undefined);
        runs.push(reported);
        await Promise.race([committed.promise, own]);
      }
      const all = await Promise.all(runs);
      return {
        revealed: all.flatMap(({ revealed }) => revealed),
        refused: all.flatMap(({ refused }) => refused),
      };
    },
  };
};

/** Checks that nothing was refused. @throws `DEMO_CONTRIBUTE` */
export const allRevealed = ({ revealed, refused }: Contributed): readonly Contribution[] => {
  const [first] = refused;
  if (first !== undefined)
    throw new CodedError(fault('DEMO_CONTRIBUTE', `${first.title} was refused: ${first.code}`));
  return revealed;
};
