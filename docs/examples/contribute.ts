/**
 * Founds a Datanet, contributes two rows to it, and has two reviewers accept them. The journal is what makes a
 * contribution survive a restart: here it is a file. claim-rewards.ts shows how the contributor is paid.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CodedError,
  type Contributed,
  type ContributeOptions,
  type ContributionId,
  type ContributionRole,
  type ContributionRow,
  contribute,
  createRpcClient,
  createWallet,
  type DatanetId,
  type JournalStore,
  memoryJournal,
  PAGE_LIMIT_MAX,
  type PagedMethod,
  type Payload,
  pages,
  type Wallet,
} from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const client = createRpcClient(nodeUrl());
const open = (name: string): Promise<Wallet> => createWallet(client, keyOf(name));
const founder = await open('OPENLEDGER_FOUNDER_KEY');
const reviewers = [await open('OPENLEDGER_REVIEWER_1_KEY'), await open('OPENLEDGER_REVIEWER_2_KEY')];
const contributor = await open('OPENLEDGER_KEY');
const inBlock = { mode: 'commit', timeoutMs: 120_000 } as const;

const terms: Payload<'datanetCreate'> = {
  name: 'rivers of the karst',
  domain: 'geography',
  rules: 2,
  licence: 'CC-BY-4.0',
  schema: { fields: ['question', 'answer'], promptFields: 1 },
  commons: undefined,
  matchBitsFloor: 0,
  access: 'open',
  contributors: [],
  reviewers: reviewers.map(({ address }) => address),
  quorum: 2,
  bondPerByte: 10n ** 11n,
  prices: { inMin: 0n, outMin: 0n },
};
const created = await founder.send('datanetCreate', terms, inBlock);
const [event] = created.events;
assert.equal(event?.type, 'datanetCreated');
const datanet: DatanetId = event.data.datanet;
console.log(`Datanet ${datanet} is founded`);

const rows: readonly ContributionRow[] = [
  {
    question: 'Where does the Neretva begin?',
    answer:
      'It rises in the karst below Jabuka mountain, far above the town of Konjic, as a cold brook between ' +
      'beeches, and it takes in nine springs before the first bridge crosses it near a ruined sawmill.',
  },
  {
    question: 'Why does the Trebisnjica vanish?',
    answer:
      'Its bed is limestone full of sinkholes, so in a dry August the water drops underground near Popovo, ' +
      'wanders through caves that divers have never charted, and returns to daylight as springs by the sea.',
  },
];

const file = join(mkdtempSync(join(tmpdir(), 'contribute-')), 'journal.json');
const journal: JournalStore = {
  name: file,
  read: () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined),
  write: (text) => writeFileSync(file, text, { mode: 0o600 }),
};
const role: ContributionRole = 'data';
const options: ContributeOptions = {
  client,
  wallet: contributor,
  datanet,
  rows,
  role,
  journal,
  progress: (text) => console.log(`  ${text}`),
};
const done: readonly Contributed[] = await contribute(options);
assert.deepEqual(
  done.map(({ from, to, refused }) => ({ from, to, refused })),
  [{ from: 0, to: 2, refused: undefined }],
);
const contribution: ContributionId = done[0]?.contribution ?? 0;

// With the journal, the same call commits nothing twice. Without one, the same rows are a duplicate.
assert.deepEqual(await contribute(options), done);
await assert.rejects(
  contribute({ ...options, journal: memoryJournal() }),
  (error) => error instanceof CodedError && error.code === 'CONTRIBUTION_DUPLICATE',
);

for (const reviewer of reviewers) {
  const quality = { authenticity: 95, ownership: 90, quality: 85, uniqueness: 90 };
  const review: Payload<'contributionReview'> = { contribution, quality, verdict: 'accept' };
  const { status } = await reviewer.send('contributionReview', review, inBlock);
  assert.equal(status, 'committed');
}
const { stage, declared } = await client.call('contribution_get', { contribution });
assert.equal(stage, 'accepted');
console.log(`contribution ${contribution} is accepted, with ${declared?.novelTokens} novel tokens`);

// Lists come a page at a time, of at most PAGE_LIMIT_MAX entries.
const method: PagedMethod = 'contribution_list';
const mine: ContributionId[] = [];
for await (const page of pages(client, method, { owner: contributor.address })) {
  assert.ok(page.contributions.length <= PAGE_LIMIT_MAX);
  mine.push(...page.contributions);
}
assert.ok(mine.includes(contribution));
