/**
 * People contribute files by the shipped contributor, one after the other in each Datanet. Each commits once those before
 * are revealed: a passage that two have committed before one of them showed it counts as brought by both independently,
 * and is nobody's. The next one plans in the meantime.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { infoTable } from '../../src/attribution/info-table.ts';
import { contributeJournaled, type Contributed as Done } from '../../src/contribute/contribute.ts';
import { journalFile } from '../../src/contribute/files/journal-file.ts';
import { readRows } from '../../src/contribute/files/rows-file.ts';
import { openGround, type ReadDatanet } from '../../src/contribute/ground.ts';
import { enterHere } from '../../src/contribute/place.ts';
import type { Stretch } from '../../src/contribute/plan.ts';
import type { Row } from '../../src/contribute/rows.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
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

export const writeRows = (path: string, rows: readonly object[]): void =>
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

export type Contributing = {
  /** Contributes files to one Datanet or several, in this order. @param onRevealed - is told what each has revealed */
  readonly inTurn: (
    submissions: readonly Submission[],
    onRevealed: (contributions: readonly Contribution[]) => void,
  ) => Promise<readonly Contribution[]>;
};

/**
 * @param folder - where the files are written, and beside them their journals, as `openledger contribute` does
 * @param progress - is told what is waited for
 */
export const openContributing = (
  ledger: Ledger,
  folder: string,
  progress: (text: string) => void = () => undefined,
): Contributing => {
  const { writer } = ledger;
  // Nothing is declared from what is missing: the reader waits for texts that have not arrived.
  const { contributions: readContributions } = openContent(writer, progress);

  /** @param turn - is called once all parts are planned, and resolves when those before are revealed and uploaded */
  const run = async (
    submission: Submission,
    turn: () => Promise<unknown>,
  ): Promise<readonly Contribution[]> => {
    const { owner, parts } = submission;
    const datanet = await writer.call('datanet_get', { id: submission.datanet });
    const path = join(folder, `${owner.name}-datanet-${datanet.id}.jsonl`);
    writeRows(path, submission.rows);
    const { bytes, rows } = unwrap(readRows(path, datanet.terms, undefined));
    const ground = await openGround({
      client: writer,
      wallet: await ledger.wallet(owner),
      table: infoTable(),
      datanet,
      rows,
      withoutMissing: false,
      // Somebody may contribute several files at once: each run has a journal of its own.
      withUnknownCommits: true,
      progress: () => undefined,
      readerThrough: () => readContributions,
    });
    const readDatanet: ReadDatanet = async (own) => {
      // Only the reading to plan names no contributions of its own. It reads again before it commits, and to declare.
      if (own !== undefined) await turn();
      return ground.readDatanet(own);
    };
    const journal = journalFile(`${path}.contribute.json`);
    const done = await contributeJournaled(
      { ...ground, readDatanet },
      {
        subject: { file: toHex(sha256(bytes)), fields: undefined, role: 'data' },
        journal,
        enterPlace: enterHere(journal, []),
        itemsMax: Math.max(...parts.map(({ from, to }) => to - from)),
        signal: new AbortController().signal,
      },
    );
    return done.map((each) => {
      const title = parts.find(({ from }) => from === each.from)?.title ?? path;
      return {
        owner,
        datanet: datanet.id,
        title,
        contribution: revealed(title, each),
        rows: rows.slice(each.from, each.to),
      };
    });
  };

  return {
    inTurn: async (submissions, onRevealed) => {
      const runs: Promise<readonly Contribution[]>[] = [];
      for (const submission of submissions) {
        const before = runs.at(-1);
        // The next one plans as soon as this one has planned, and commits once this one is revealed and uploaded.
        const planned = Promise.withResolvers<undefined>();
        const own = run(submission, async () => {
          planned.resolve(undefined);
          await before;
        });
        const reported = own.then((contributions) => {
          onRevealed(contributions);
          return contributions;
        });
        // It is awaited below. If an earlier one fails before that, only that failure is reported.
        reported.catch(() => undefined);
        runs.push(reported);
        await Promise.race([planned.promise, own]);
      }
      return (await Promise.all(runs)).flat();
    },
  };
};

/** Returns the id of a contribution that was revealed. @throws CodedError why it was not */
const revealed = (title: string, { contribution, refused }: Done): ContributionId => {
  if (contribution !== undefined && refused === undefined) return contribution;
  throw new CodedError(
    fault(refused?.code ?? 'DEMO_CONTRIBUTE', `${title}: ${refused?.message ?? 'not committed'}`),
  );
};
