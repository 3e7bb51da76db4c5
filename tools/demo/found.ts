/** The start: money for everyone, three Datanets, and the data in them. */

import type { Root } from '../../src/lib/brands.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { datanetCreate } from '../../state/tx/datanet-create.ts';
import { transfer } from '../../state/tx/transfer.ts';
import { type Cast, newcomers } from './cast.ts';
import {
  type Committed,
  commit,
  faultCodeOf,
  LICENCE,
  revealAll,
  revealIntent,
  type Submission,
  upload,
} from './contribute.ts';
import { trainProblems } from './dataset.ts';
import { eventField, intent, type Ledger } from './ledger.ts';
import { createRegister, digestOf, type Manuscript, prepare, type Register } from './manuscript.ts';
import { itemText, partition } from './partition.ts';
import { openReviewDesk, reviewIntents } from './review.ts';
import { CLONED_ENTRY, cloneOf, type Entry, noticeOf } from './swc.ts';

const START_MONEY = 100n * 10n ** 18n;
const BOND_PER_BYTE = 10n ** 12n;
/** The number of reviewers, out of three, that must agree. The chain requires at least two. */
const QUORUM = 2;

export const fund = (ledger: Ledger, cast: Cast) =>
  ledger.submit(
    newcomers(cast).map(({ address }) => intent(cast.bank, transfer, { to: address, amount: START_MONEY })),
  );

export type Datanets = {
  readonly maths: number;
  readonly registry: number;
  readonly small: number;
  /** The contribution id of the registry's commons: the notice. */
  readonly commonsContribution: ContributionId;
  readonly commons: Manuscript;
  readonly notice: string;
};

export const createDatanets = async (
  ledger: Ledger,
  { founder, reviewers }: Cast,
  entries: readonly Entry[],
): Promise<Datanets> => {
  const notice = noticeOf(entries);
  const commons = prepare([{ text: notice, prompt: '' }]);
  const common = {
    licence: LICENCE,
    matchBitsFloor: 0,
    access: 'open' as const,
    contributors: [],
    reviewers: reviewers.map(({ address }) => address),
    quorum: QUORUM,
    bondPerByte: BOND_PER_BYTE,
    prices: { inMin: 0n, outMin: 0n },
  };
  const registry = {
    ...common,
    domain: 'smart-contract security',
    schema: { fields: ['entry'], promptFields: 0 },
  };
  const executed = await ledger.submit([
    intent(founder, datanetCreate, {
      ...common,
      name: 'grade-school maths',
      domain: 'mathematics',
      schema: { fields: ['question', 'answer'], promptFields: 1 },
      commons: undefined,
    }),
    intent(founder, datanetCreate, {
      ...registry,
      name: 'SWC registry',
      commons: {
        root: commons.root,
        items: 1,
        tokens: BigInt(commons.tokens),
        bytes: BigInt(commons.bytes),
      },
    }),
    intent(founder, datanetCreate, { ...registry, name: 'SWC registry, small', commons: undefined }),
  ]);
  await upload(ledger, { manuscript: commons, title: 'the notice' });
  const [maths = 0, swc = 0, small = 0] = executed.map((each) =>
    Number(eventField(each, 'datanetCreated', 'datanet')),
  );
  const [created] = executed.slice(1, 2);
  const commonsContribution =
    created === undefined ? 0 : Number(eventField(created, 'datanetCreated', 'contribution'));
  return { maths, registry: swc, small, commonsContribution, commons, notice };
};

/** Returns the submissions of each contributor, in the order of the files. */
export const submissionsOf = (
  { contributors, authors, bank }: Cast,
  datanets: Datanets,
  entries: readonly Entry[],
  small: readonly Entry[],
): readonly Submission[] => {
  const problems = trainProblems();
  const maths = partition(problems.length).map(({ contributor, from, to }): Submission => {
    const owner = contributors[contributor] ?? bank;
    const rows = problems.slice(from, to);
    return {
      owner,
      datanet: datanets.maths,
      title: `rows ${from + 1} to ${to} of train.jsonl`,
      manuscript: prepare(rows.map((row) => ({ text: itemText(row), prompt: row.question }))),
    };
  });
  const entry =
    (datanet: DatanetId) =>
    ({ name, text, author }: Entry): Submission => ({
      owner: authors.get(author) ?? bank,
      datanet,
      title: name,
      manuscript: prepare([{ text, prompt: '' }]),
    });
  return [...maths, ...entries.map(entry(datanets.registry)), ...small.map(entry(datanets.small))];
};

export type Contributed = {
  /** All that were accepted, by contribution id. */
  readonly accepted: readonly Committed[];
  readonly clone: Committed;
  /** The contribution that both the clone and the exact copy were copied from. */
  readonly original: Committed;
  readonly copyDigest: Root;
  /** The code with which the exact copy was refused. */
  readonly copyRefused: string;
};

/** Commits everything, uploads it to one node, reveals and reviews it; then comes the copyist. */
export const contribute = async (
  ledger: Ledger,
  cast: Cast,
  datanets: Datanets,
  submissions: readonly Submission[],
  progress: (text: string) => void,
): Promise<Contributed> => {
  const desk = openReviewDesk(ledger.reviewer);
  const judges = cast.reviewers.slice(0, QUORUM);
  progress(`${submissions.length} contributions are committed`);
  const committed = (await commit(ledger, submissions)).toSorted((a, b) => a.contribution - b.contribution);

  const registers = new Map<number, Register>();
  const registerOf = (datanet: DatanetId): Register => {
    const register = registers.get(datanet) ?? createRegister();
    registers.set(datanet, register);
    return register;
  };
  registerOf(datanets.registry).add(datanets.commonsContribution, datanets.commons.items);
  const reveal = (each: Committed) =>
    revealIntent(each, registerOf(each.datanet).add(each.contribution, each.manuscript.items));

  for (const [i, each] of committed.entries()) {
    progress(`${i} of ${committed.length} contributions are uploaded to one node`);
    await upload(ledger, each);
  }
  progress('they are revealed');
  await revealAll(ledger, committed.map(reveal));

  progress('two reviewers read them on another node, and check what was declared');
  const reviews = await reviewIntents(desk, judges, committed);
  progress('they accept; a copyist comes');
  const original = committed.find(
    ({ title, datanet }) => title === CLONED_ENTRY && datanet === datanets.registry,
  );
  const text = original?.manuscript.items[0]?.text;
  invariant(original !== undefined && text !== undefined, 'the entry that is copied was contributed');
  const copies = ['copy', 'clone'].map(
    (title): Submission => ({
      owner: cast.copyist,
      datanet: datanets.registry,
      title: `${title} of ${CLONED_ENTRY}`,
      manuscript: prepare([{ text: title === 'copy' ? text : cloneOf(text), prompt: '' }]),
    }),
  );
  const [[copy, clone]] = await Promise.all([commit(ledger, copies), ledger.submit(reviews)]);
  invariant(copy !== undefined && clone !== undefined, 'the copyist has committed twice');
  await upload(ledger, clone);
  const [copied] = await ledger.attempt([
    revealIntent(copy, createRegister().add(copy.contribution, copy.manuscript.items)),
  ]);
  await ledger.submit([reveal(clone)]);
  await ledger.submit(await reviewIntents(desk, judges, [clone]));
  return {
    accepted: [...committed, clone],
    clone,
    original,
    copyDigest: digestOf(datanets.registry, copy.manuscript),
    copyRefused: copied === undefined ? 'unknown' : faultCodeOf(copied),
  };
};
