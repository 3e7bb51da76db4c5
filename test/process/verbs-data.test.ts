/** The verbs around data, on a real devnet: datanet, contribute, review, model, balance. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DATANET_EXAMPLE } from '../../src/cli/payload-examples.ts';
import { openledger } from './run.ts';
import { objectOf, openVerbs, SENT, type Verbs } from './verbs.ts';

let verbs: Verbs;
beforeAll(async () => {
  verbs = await openVerbs();
});
afterAll(() => verbs.close());

const rows = (name: string): string =>
  Array.from({ length: 3 }, (_, i) =>
    JSON.stringify({
      question: `what did the gardener of ${name} plant in the spring of ${1990 + i}?`,
      answer: `in ${name} there were ${i + 2} rows of purple carrots beside the south wall of house ${i * 7}, ${'\u001b[31m'}red`,
    }),
  ).join('\n');

describe('datanet', () => {
  test('create sends the example as it is, and says the id and what to do next', async () => {
    const path = verbs.file('terms.json', (await openledger(['datanet', 'example'])).stdout);
    const made = await verbs.json('datanet', 'create', path, '--key', 'alice');
    expect(made).toMatchObject({ ...SENT, datanet: 1, commonsContribution: null });
    const { code, stdout, stderr } = await verbs.run('datanet', 'create', path, '--key', 'alice');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^datanet +2\nid +0x[0-9a-f]{64}\nstatus +committed\nheight +\d+\nfee +0\.\d+ OPEN\n$/,
    );
    expect(stderr).toContain('openledger contribute rows.jsonl --datanet 2 --home');
  });

  test('show and list say what it is, for people and as one object', async () => {
    const { stdout } = await verbs.run('datanet', 'show', '1');
    expect(stdout).toMatch(/^owner +alice \(0x[0-9a-fA-F]{40}\)$/m);
    expect(stdout).toMatch(/^reviewers +alice, bob$/m);
    expect(stdout).toMatch(/^bond +0\.000001 OPEN for each byte$/m);
    expect(stdout).toMatch(/^least prices +.* out, for 1,000 units \(a unit is a token or eight bytes/m);
    expect(await verbs.json('datanet', 'show', '1')).toMatchObject({ id: 1, terms: { quorum: 2 } });
    expect((await verbs.run('datanet', 'list')).stdout).toMatch(
      /^1 +questions and answers +general knowledge/m,
    );
    expect(await verbs.json('datanet', 'list', '--limit', '1')).toMatchObject({
      datanets: [{ id: 1 }],
      next: 1,
    });
  });

  test('lists all that is wrong with a file at once', async () => {
    const path = verbs.file('wrong.json', {
      ...DATANET_EXAMPLE,
      reviewers: ['alise', 'bob'],
      bondPerByte: '1.5',
      quorum: -1,
      colour: 'red',
    });
    const stderr = await verbs.refused('PAYLOAD_INVALID', 'datanet', 'create', path, '--key', 'alice');
    expect(stderr).toContain('reviewers[0]: no account is named "alise"');
    expect(stderr).toContain('bondPerByte: not an amount: "1.5"; write "1.5 OPEN"');
    expect(stderr).toMatch(/quorum|colour/);
  });

  test.each<[code: string, args: readonly string[]]>([
    ['FILE_MISSING', ['create', '/nowhere/terms.json', '--key', 'alice']],
    ['KEY_UNKNOWN', ['create', '/nowhere/terms.json', '--key', 'nobody']],
    ['KEY_MISSING', ['create', '/nowhere/terms.json']],
    ['DATANET_NOT_FOUND', ['show', '99']],
    ['ARGUMENT_INVALID', ['show', 'one']],
    ['ARGUMENT_INVALID', ['list', '--limit', '0']],
  ])('refuses with %s: %j', async (code, args) => {
    expect(await verbs.errorOf('datanet', ...args)).toBe(code);
  });

  test('refuses what is not JSON, and terms that no Datanet can have', async () => {
    const create = (content: unknown) => [
      'datanet',
      'create',
      verbs.file('bad.json', content),
      '--key',
      'alice',
    ];
    expect(await verbs.errorOf(...create('{"name":'))).toBe('FILE_NOT_JSON');
    expect(await verbs.errorOf(...create({ ...DATANET_EXAMPLE, quorum: 3 }))).toBe('DATANET_QUORUM');
  });
});

describe('review', () => {
  test('list shows what waits with its text, made harmless, and a verdict takes it off the list', async () => {
    const path = verbs.file('rows.jsonl', rows('Lisbon'));
    const { contributions } = await verbs.json('contribute', path, '--datanet', '1', '--key', 'carol');
    const [{ contribution } = { contribution: 0 }] = contributions as { readonly contribution: number }[];
    const { stdout } = await verbs.run('review', 'list', 'bob');
    expect(stdout).toContain(`contribution ${contribution} to Datanet 1, by carol: 3 items`);
    expect(stdout).toContain('what did the gardener of Lisbon plant in the spring of 1990?');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('\uFFFD[31mred');
    expect(await verbs.json('review', 'list', '--key', 'bob', '--full')).toMatchObject({
      contributions: [
        { contribution, datanet: 1, items: 3, reviews: 0, text: { itemCount: 3, error: null } },
      ],
      next: null,
    });
    expect(await verbs.json('review', 'list', 'carol')).toMatchObject({ contributions: [] });

    const id = String(contribution);
    const accept = ['review', id, '--accept', '--marks', '90,100,80,70', '--key', 'alice'] as const;
    const bond = '100000000000000000';
    const first = { ...SENT, contribution, verdict: 'accept', outcome: null, bond, returned: '0' };
    expect(await verbs.json(...accept)).toMatchObject(first);
    const { stdout: withdrawn } = await verbs.run('review', id, '--withdraw', '--key', 'alice');
    expect(withdrawn).toMatch(/^now +under review: other reviewers have to decide$/m);
    expect(withdrawn).toMatch(/^bond +0\.1 OPEN, back$/m);
    expect(await verbs.errorOf('review', id, '--withdraw', '--key', 'alice')).toBe('REVIEW_NONE');
    expect(await verbs.json(...accept)).toMatchObject(first);
    expect((await verbs.run('review', 'list', 'alice')).stderr).toContain(
      'nothing waits for a review of alice',
    );
    expect(await verbs.errorOf('review', id, '--reject', '--key', 'alice')).toBe('REVIEW_TWICE');
    const { stdout: second } = await verbs.run('review', id, '--accept', '--key', 'bob');
    expect(second).toMatch(/^now +accepted: it is part of its Datanet now$/m);
    expect(second).toMatch(/^bond +0\.1 OPEN, back at the end of height \d+, unless a challenge shows/m);
    expect((await verbs.run('review', 'list', 'bob')).stdout).toBe('');
    const { stdout: record } = await verbs.run('query', 'contribution_get', `contribution=${id}`);
    expect(objectOf(record).reviews).toMatchObject([
      { quality: { authenticity: 90, ownership: 100, quality: 80, uniqueness: 70 } },
      { quality: { authenticity: 100, ownership: 100, quality: 100, uniqueness: 100 } },
    ]);
  });

  test.each<[code: string, args: readonly string[]]>([
    ['USAGE', ['--key', 'alice']],
    ['ARGUMENT_INVALID', ['1', '--key', 'alice']],
    ['ARGUMENT_INVALID', ['1', '--accept', '--reject', '--key', 'alice']],
    ['ARGUMENT_INVALID', ['1', '--accept', '--withdraw', '--key', 'alice']],
    ['ARGUMENT_INVALID', ['1', '--accept', '--marks', '1,2,3', '--key', 'alice']],
    ['ARGUMENT_INVALID', ['1', '--accept', '--marks', '1,2,3,101', '--key', 'alice']],
    ['ARGUMENT_INVALID', ['first', '--accept', '--key', 'alice']],
    ['CONTRIBUTION_NOT_FOUND', ['99', '--accept', '--key', 'alice']],
    ['ACCOUNT_MISSING', ['list']],
    ['ACCOUNT_UNKNOWN', ['list', 'alise']],
    ['PARAMS_INVALID', ['list', 'alice', '--from', 'here']],
  ])('refuses with %s: %j', async (code, args) => {
    expect(await verbs.errorOf('review', ...args)).toBe(code);
  });
});

describe('model', () => {
  test('register sends the example with the newest versions of Datanets, and show says how far it is', async () => {
    const example = await verbs.run('model', 'example', '--datanet', '1');
    expect(objectOf(example.stdout).manifest).toMatchObject([{ datanet: 1, count: 1 }]);
    const path = verbs.file('model.json', example.stdout);
    const missing = await verbs.refused('PAYLOAD_INVALID', 'model', 'register', path, '--key', 'dave');
    expect(missing).toContain('weights: ');
    expect(missing).toContain('recipe: ');
    verbs.file('weights.bin', 'weights');
    verbs.file('recipe.txt', 'recipe');
    const made = await verbs.json('model', 'register', path, '--key', 'dave');
    expect(made).toMatchObject({ ...SENT, model: 1, version: 1 });
    const { stdout } = await verbs.run('model', 'show', '1');
    for (const field of ['prices', 'least prices'])
      expect(stdout).toMatch(
        new RegExp(`^${field} +.* out, for 1,000 units \\(a unit is a token or eight`, 'm'),
      );
    expect(stdout).toMatch(/^owner +dave \(/m);
    expect(stdout).toMatch(/^trained on +Datanet 1 \(1 contributions\)$/m);
    expect(stdout).toMatch(/^calibration +\S/m);
    expect(stdout).toMatch(/^share, trainer +carol \(0x[0-9a-fA-F]{40}\): 1000 basis points$/m);
    expect(stdout).toMatch(/^to its owner +0 basis points of the data money of closed epochs: 0 OPEN to/m);
    expect(await verbs.json('model', 'show', '1')).toMatchObject({
      id: 1,
      ownBps: 0,
      shownVersion: { version: 1 },
      ownDatanets: { version: 1, datanets: [] },
    });
    expect((await verbs.run('model', 'list')).stdout).toMatch(/^1 +my model +base +1 +dave +0 OPEN$/m);
    expect(await verbs.json('model', 'list')).toMatchObject({ models: [{ id: 1 }], next: null });
  });

  test('revise takes the model from the argument', async () => {
    const path = verbs.file('rows2.jsonl', rows('Porto'));
    const { contributions } = await verbs.json('contribute', path, '--datanet', '1', '--key', 'erin');
    const [{ contribution } = { contribution: 0 }] = contributions as { readonly contribution: number }[];
    for (const name of ['alice', 'bob'])
      await verbs.json('review', String(contribution), '--accept', '--key', name);
    const example = await verbs.run('model', 'example', '--revision', '--datanet', '1');
    const revision = objectOf(example.stdout);
    expect(revision.manifest).toMatchObject([{ datanet: 1, count: 2 }]);
    const other = verbs.file('other.json', { ...revision, model: 7 });
    expect(await verbs.errorOf('model', 'revise', '1', other, '--key', 'dave')).toBe('PAYLOAD_INVALID');
    const revise = ['model', 'revise', '1', verbs.file('revision.json', revision), '--key'];
    expect(await verbs.json(...revise, 'dave')).toMatchObject({ ...SENT, model: 1, version: 2 });
    expect(await verbs.errorOf(...revise, 'dave')).toBe('MODEL_REVISION_SAME');
    expect((await verbs.run('model', 'show', '1', '--version', '1')).stdout).toMatch(/^version +1, from/m);
  });

  test.each<[code: string, args: readonly string[]]>([
    ['FILE_MISSING', ['register', '/nowhere/model.json', '--key', 'dave']],
    ['KEY_UNKNOWN', ['register', '/nowhere/model.json', '--key', 'dive']],
    ['ARGUMENT_INVALID', ['revise', '0', '/nowhere/model.json', '--key', 'dave']],
    ['FILE_MISSING', ['revise', '1', '/nowhere/model.json', '--key', 'dave']],
    ['MODEL_NOT_FOUND', ['show', '99']],
    ['ARGUMENT_INVALID', ['show', '1.5']],
    ['DATANET_NOT_FOUND', ['example', '--datanet', '99']],
    ['ARGUMENT_INVALID', ['list', '--after', '-1']],
  ])('refuses with %s: %j', async (code, args) => {
    expect(await verbs.errorOf('model', ...args)).toBe(code);
  });

  test('register refuses what is not JSON, and an amount without a unit', async () => {
    const example = objectOf((await verbs.run('model', 'example')).stdout);
    const register = (content: unknown) => [
      'model',
      'register',
      verbs.file('bad.json', content),
      '--key',
      'dave',
    ];
    expect(await verbs.errorOf(...register('model'))).toBe('FILE_NOT_JSON');
    const wrong = { ...example, prices: { in: '0.5', out: '0 OPEN' } };
    expect(await verbs.refused('PAYLOAD_INVALID', ...register(wrong))).toContain(
      'prices.in: not an amount: "0.5"',
    );
  });
});

describe('a commons', () => {
  test('is proposed from what the Datanet holds, and reviewers see whose words it takes', async () => {
    const [row = ''] = rows('Lisbon').split('\n');
    const path = verbs.file('common.jsonl', row);
    const propose = ['contribute', path, '--datanet', '1', '--role', 'commons', '--key', 'frank'];
    const said = await verbs.run(...propose, '--dry-run');
    const { places } = objectOf(said.stdout);
    const carol = verbs.devnet.ready.accounts.find(({ name }) => name === 'carol')?.address ?? '';
    const [source] = places as { readonly contribution: number; readonly tokens: number }[];
    expect(source).toMatchObject({ owner: carol });
    const { contribution, tokens } = source ?? { contribution: 0, tokens: 0 };
    expect(tokens).toBeGreaterThan(16);
    expect(said.stderr).toContain(
      `${tokens} of ${tokens} tokens stand in contribution ${contribution} of ${carol}`,
    );
    const strange = verbs.file('strange.jsonl', rows('Madrid'));
    expect(await verbs.errorOf('contribute', strange, ...propose.slice(2))).toBe('CONTRIBUTE_NOT_COMMON');

    const { contributions } = await verbs.json(...propose);
    const [{ contribution: proposal } = { contribution: 0 }] = contributions as {
      readonly contribution: number;
    }[];
    const { stdout } = await verbs.run('review', 'list', 'bob');
    expect(stdout).toContain('it proposes a commons: what it holds would be nobody’s');
    expect(stdout).toContain(`it takes ${tokens} tokens from contribution ${contribution} of carol`);
    expect(await verbs.json('review', 'list', 'bob')).toMatchObject({
      contributions: [{ role: 'commons', sources: [{ contribution, owner: carol, tokens: String(tokens) }] }],
    });
    const accept = ['review', String(proposal), '--accept', '--key'];
    expect((await verbs.run(...accept, 'alice')).stderr).toContain(
      `${tokens} of ${tokens} tokens stand in contribution ${contribution} of carol`,
    );
    await verbs.json(...accept, 'bob');
    const { stdout: record } = await verbs.run('query', 'contribution_get', `contribution=${proposal}`);
    expect(objectOf(record)).toMatchObject({ stage: 'accepted', commons: true });
  });
});

describe('balance', () => {
  test('takes a name, an address, or the account of the key', async () => {
    const heidi = verbs.devnet.ready.accounts.find(({ name }) => name === 'heidi')?.address ?? '';
    const height: unknown = expect.stringMatching(/^[0-9]+$/);
    const node = { height, waiting: null };
    const expected = { address: heidi, balance: String(10n ** 24n), nonce: '0', node };
    expect(await verbs.json('balance', 'heidi')).toEqual(expected);
    expect(await verbs.json('balance', heidi)).toEqual(expected);
    expect(await verbs.json('balance', '--key', 'heidi')).toEqual(expected);
    const { stdout } = await verbs.run('balance', 'heidi');
    expect(stdout).toMatch(
      /^account +heidi \(0x[0-9a-fA-F]{40}\)\nbalance +1000000 OPEN\ntransactions +0\n$/,
    );
  });

  test('a name stands for an address in a transfer and in the parameters of a query', async () => {
    await verbs.json('tx', 'transfer', '--to', 'grace', '--amount', '1.5 OPEN', '--key', 'frank');
    const { stdout } = await verbs.run('query', 'account_get', 'address=grace');
    expect(objectOf(stdout)).toMatchObject({ balance: String(10n ** 24n + 15n * 10n ** 17n) });
    expect(await verbs.errorOf('query', 'account_get', 'address=grass')).toBe('ACCOUNT_UNKNOWN');
  });

  test.each<[code: string, args: readonly string[]]>([
    ['ACCOUNT_MISSING', []],
    ['ACCOUNT_UNKNOWN', ['Heidi']],
    ['ADDRESS_INVALID', ['0x12']],
    ['FILE_MISSING', ['--private-key-file', '/nowhere']],
  ])('refuses with %s: %j', async (code, args) => {
    expect(await verbs.errorOf('balance', ...args)).toBe(code);
  });
});
