/** Sets up the demo: it gives everyone money, creates three Datanets, and contributes the data to them. */

import type { Root } from '../../src/lib/brands.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { datanetCreate } from '../../state/tx/datanet-create.ts';
import { transfer } from '../../state/tx/transfer.ts';
import { type Actors, newcomers } from './actors.ts';
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
import { itemText, partition } from './partition.ts';
import { createRegister, digestOf, type Prepared, prepare, type Register } from './prepared.ts';
import { openReviewDesk, reviewIntents } from './review.ts';
import { CLONED_ENTRY, cloneOf, type Entry, noticeOf } from './swc.ts';

const START_MONEY = 100n * 10n ** 18n;
const BOND_PER_BYTE = 10n ** 12n;
/** The number of reviewers, out of three, that must agree. The chain requires at least two. */
const QUORUM = 2;

export const fund = (ledger: Ledger, actors: Actors) =>
  ledger.submit(
    newcomers(actors).map(({ address }) =>
      intent(actors.bank, transfer, { to: address, amount: START_MONEY }),
    ),
  );

export type Datanets = {
  readonly maths: number;
  readonly registry: number;
  readonly small: number;
  /** The contribution id of the registry's commons: the notice. */
  readonly commonsContribution: ContributionId;
  readonly commons: Prepared;
  readonly notice: string;
};

export const createDatanets = async (
  ledger: Ledger,
  { founder, reviewers }: Actors,
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
  await upload(ledger, { prepared: commons, title: 'the notice' });
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
  { contributors, authors, bank }: Actors,
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
      prepared: prepare(rows.map((row) => ({ text: itemText(row), prompt: row.question }))),
    };
  });
  const entry =
    (datanet: DatanetId) =>
    ({ name, text, author }: Entry): Submission => ({
      owner: authors.get(author) ?? bank,
      datanet,
      title: name,
      prepared: prepare([{ text, prompt: '' }]),
    });
  return [...maths, ...entries.map(entry(datanets.registry)), ...small.map(entry(datanets.small))];
};

export type Contributed = {
  /** All accepted contributions, by ascending contribution id. */
  readonly accepted: readonly Committed[];
  readonly clone: Committed;
  /** The contribution that both the clone and the exact copy were copied from. */
  readonly original: Committed;
  readonly copyDigest: Root;
  /** The code with which the exact copy was refused. */
  readonly copyRefused: string;
};

/** Commits everything, uploads it to one node, reveals and reviews it. Then the copyist tries to contribute copies. */
export const contribute = async (
  ledger: Ledger,
  actors: Actors,
  datanets: Datanets,
  submissions: readonly Submission[],
  progress: (text: string) => void,
): Promise<Contributed> => {
  const desk = openReviewDesk(ledger.reviewer);
  const judges = actors.reviewers.slice(0, QUORUM);
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
    revealIntent(each, registerOf(each.datanet).add(each.contribution, each.prepared.items));

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
  const text = original?.prepared.items[0]?.text;
  invariant(original !== undefined && text !== undefined, 'the copied entry is one of the contributions');
  const copies = ['copy', 'clone'].map(
    (title): Submission => ({
      owner: actors.copyist,
      datanet: datanets.registry,
      title: `${title} of ${CLONED_ENTRY}`,
      prepared: prepare([{ text: title === 'copy' ? text : cloneOf(text), prompt: '' }]),
    }),
  );
  const [[copy, clone]] = await Promise.all([commit(ledger, copies), ledger.submit(reviews)]);
  invariant(copy !== undefined && clone !== undefined, 'the copyist has committed twice');
  await upload(ledger, clone);
  const [copied] = await ledger.attempt([
    revealIntent(copy, createRegister().add(copy.contribution, copy.prepared.items)),
  ]);
  await ledger.submit([reveal(clone)]);
  await ledger.submit(await reviewIntents(desk, judges, [clone]));
  return {
    accepted: [...committed, clone],
    clone,
    original,
    copyDigest: digestOf(datanets.registry, copy.prepared),
    copyRefused: copied === undefined ? 'unknown' : faultCodeOf(copied),
  };
};
