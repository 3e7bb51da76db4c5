/** Gives everyone money, and creates the three Datanets. */

import { randomBytes } from 'node:crypto';
import { infoTable } from '../../src/attribution/info-table.ts';
import { memoryJournal, newJournal } from '../../src/contribute/journal.ts';
import { bytesOf, prepareStretch, uploadContent } from '../../src/contribute/prepared.ts';
import { rowsOf } from '../../src/contribute/rows.ts';
import { invariant, unwrap } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { RULES_DEFAULT } from '../../state/attribution/rules.ts';
import { datanetCreate } from '../../state/tx/datanet-create.ts';
import { transfer } from '../../state/tx/transfer.ts';
import { type Actors, newcomers } from './actors.ts';
import type { Submission } from './contribute.ts';
import type { Problem } from './dataset.ts';
import { eventField, intent, type Ledger } from './ledger.ts';
import { partition } from './partition.ts';
import { type Entry, noticeOf } from './swc.ts';

export const START_MONEY = 2_000n * 10n ** 18n;
const BOND_PER_BYTE = 10n ** 12n;
const LICENCE = 'MIT';
/** Four contributions of each of the ten contributors, which go into one block. */
const CONTRIBUTIONS = 40;
/** The number of reviewers, out of three, that must agree. The chain requires at least two. */
export const QUORUM = 2;

export const fund = (ledger: Ledger, actors: Actors) =>
  ledger.submit(
    newcomers(actors).map(({ address }) =>
      intent(actors.bank, transfer, { to: address, amount: START_MONEY }),
    ),
  );

export type Datanets = {
  readonly maths: DatanetId;
  readonly registry: DatanetId;
  readonly small: DatanetId;
  /** The contribution id of the registry's commons: the notice. */
  readonly commonsContribution: ContributionId;
  readonly notice: string;
  readonly noticeTokens: number;
};

export const createDatanets = async (
  ledger: Ledger,
  { founder, reviewers }: Actors,
  entries: readonly Entry[],
): Promise<Datanets> => {
  const notice = noticeOf(entries);
  const rules = RULES_DEFAULT;
  const schema = { fields: ['entry'], promptFields: 0 };
  const rows = unwrap(rowsOf([notice], { rules, schema }, undefined));
  const whole = { from: 0, to: 1 };
  const subject = {
    genesis: '',
    account: '',
    datanet: 0,
    file: '',
    fields: undefined,
    role: 'data' as const,
  };
  const journal = newJournal(memoryJournal(), subject, new Uint8Array(randomBytes(32)), [whole]);
  const prepared = prepareStretch({ table: infoTable(), rules, rows, journal }, whole);
  const noticeTokens = rows[0]?.tokens.count ?? 0;
  const common = {
    rules,
    licence: LICENCE,
    matchBitsFloor: 0,
    access: 'open' as const,
    contributors: [],
    reviewers: reviewers.map(({ address }) => address),
    quorum: QUORUM,
    bondPerByte: BOND_PER_BYTE,
    prices: { inMin: 0n, outMin: 0n },
  };
  const registry = { ...common, domain: 'smart-contract security', schema };
  const commons = { root: prepared.root, items: 1, tokens: BigInt(noticeTokens), bytes: bytesOf(prepared) };
  const executed = await ledger.submit([
    intent(founder, datanetCreate, {
      ...common,
      name: 'grade-school maths',
      domain: 'mathematics',
      schema: { fields: ['question', 'answer'], promptFields: 1 },
      commons: undefined,
    }),
    intent(founder, datanetCreate, { ...registry, name: 'SWC registry', commons }),
    intent(founder, datanetCreate, { ...registry, name: 'SWC registry, small', commons: undefined }),
  ]);
  await uploadContent(ledger.writer, prepared);
  const [maths = 0, swc = 0, small = 0] = executed.map((each) =>
    Number(eventField(each, 'datanetCreated', 'datanet')),
  );
  const [, created] = executed;
  invariant(created !== undefined, 'the Datanet with the commons is created');
  const commonsContribution = Number(eventField(created, 'datanetCreated', 'contribution'));
  return { maths, registry: swc, small, commonsContribution, notice, noticeTokens };
};

/** Returns what each of the ten contributors brings, in the order of the people. */
export const mathsSubmissions = (
  { contributors }: Actors,
  datanet: DatanetId,
  problems: readonly Problem[],
): readonly Submission[] => {
  const shares = partition(problems.length, CONTRIBUTIONS);
  return contributors.map((owner, i) => {
    const rows: Problem[] = [];
    const parts: Submission['parts'][number][] = [];
    for (const { contributor, from, to } of shares) {
      if (contributor !== i) continue;
      const title = `rows ${from + 1} to ${to} of train.jsonl`;
      parts.push({ title, from: rows.length, to: rows.length + to - from });
      rows.push(...problems.slice(from, to));
    }
    return { owner, datanet, rows, parts };
  });
};

/** Returns what each author brings of these entries: each entry is a contribution. The authors are in the order of entries. */
export const entrySubmissions = (
  { authors, bank }: Actors,
  datanet: DatanetId,
  entries: readonly Entry[],
): readonly Submission[] =>
  [...Map.groupBy(entries, ({ author }) => author)].map(([author, own]) => ({
    owner: authors.get(author) ?? bank,
    datanet,
    rows: own.map(({ text }) => ({ entry: text })),
    parts: own.map(({ name }, i) => ({ title: name, from: i, to: i + 1 })),
  }));
