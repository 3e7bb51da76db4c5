/** `openledger contribute` as a process of its own, against a small chain: what it sends, and what it does when stopped. */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RpcServer, startRpcServer } from '../../rpc/server.ts';
import { declare } from '../../src/attribution/declaration.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../src/attribution/novelty.ts';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { createWallet } from '../../src/client/wallet.ts';
import { Contributor } from '../../src/contribute/contributor.ts';
import { noveltyRulesOf, openDatanetReader } from '../../src/contribute/datanet-contents.ts';
import { NOTHING_BEGUN } from '../../src/contribute/duplicates.ts';
import { journalFile } from '../../src/contribute/files/journal-file.ts';
import { readRows } from '../../src/contribute/files/rows-file.ts';
import { newJournal } from '../../src/contribute/journal.ts';
import { type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { openTextCache } from '../../src/services/corpus/text-cache.ts';
import { RULES_DEFAULT } from '../../state/attribution/rules.ts';
import { nextContribution } from '../../state/modules/data/contributions.ts';
import { nextDatanet } from '../../state/modules/data/datanets.ts';
import { getContribution } from '../../state/queries/contributions.ts';
import { contentDigest } from '../../state/tx/content-digest.ts';
import { contributionCommitment } from '../../state/tx/contribution-commit.ts';
import { tokensOf } from '../unit/attribution/support.ts';
import { alice, bob, logger } from '../unit/rpc/server.ts';
import { actor, smallChain, smallGenesis } from '../unit/rpc/small-chain.ts';
import { isOneErrorLine, openledger } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'openledger-contribute-'));
const file = (name: string, content: string): string => {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
};
/** A replacement character stands for a byte that is no UTF-8. */
const rawFile = (name: string, content: string): string => {
  const path = join(root, name);
  const parts = content
    .split('\ufffd')
    .flatMap((part, i) => [...(i === 0 ? [] : [Buffer.of(0xff)]), Buffer.from(part)]);
  writeFileSync(path, Buffer.concat(parts));
  return path;
};
const rowsFile = (name: string, rows: readonly unknown[]): string =>
  file(name, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

const cleo = actor('cleo');
const genesis = smallGenesis([alice, bob, cleo], (base) => ({
  ...base,
  params: { ...base.params, contribution: { ...base.params.contribution, revealMin: 2, revealMax: 400 } },
}));
const chain = smallChain(genesis);
const sealing = { on: true };
const timer = setInterval(() => {
  if (sealing.on) chain.seal();
}, 40);
let server: RpcServer;
let datanet = 0;

const key = (name: string, { privateKey }: typeof alice) => file(name, `${toHex(privateKey)}\n`);
const [aliceKey, bobKey] = [key('alice.key', alice), key('bob.key', bob)];
const command = (path: string, who: string, ...more: readonly string[]): string[] => [
  'contribute',
  path,
  ...(more.includes('--datanet') ? [] : ['--datanet', String(datanet)]),
  '--private-key-file',
  who,
  '--rpc',
  server.url,
  ...more,
];

type Told = {
  readonly state: string;
  readonly contributions: readonly {
    readonly contribution: ContributionId;
    readonly firstLine: number;
    readonly lastLine: number;
    readonly items: number;
    readonly transaction: string | null;
    readonly error: { readonly code: string } | null;
  }[];
};
const contribute = async (path: string, who: string, ...more: readonly string[]) => {
  const ran = await openledger(command(path, who, '--json', ...more));
  return { ...ran, told: (ran.stdout === '' ? undefined : JSON.parse(ran.stdout)) as Told | undefined };
};

const commits = (): number => chain.node.read(({ view }) => nextContribution(view));
const stageOf = (contribution: ContributionId) =>
  chain.node.read(({ view }) => {
    const info = getContribution(view, contribution);
    return info?.type === 'contribution' ? info.standing.stage : undefined;
  });

const terms = () => ({
  name: 'questions',
  domain: 'sums',
  licence: 'MIT',
  schema: { fields: ['question', 'answer'], promptFields: 1 },
  commons: null,
  matchBitsFloor: 0,
  access: 'open',
  contributors: [],
  reviewers: [toHex(alice.address), toHex(bob.address)],
  quorum: 2,
  bondPerByte: '1000000000000',
  prices: { inMin: '0', outMin: '0' },
});

beforeAll(async () => {
  const limits = { maxBodyBytes: 8 << 20, maxBatch: 1000, rateLimit: undefined };
  server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port: 0, ...limits });
  const wallet = await createWallet(createRpcClient(server.url), alice.privateKey);
  const created = await wallet.send<string>('datanetCreate', terms(), { mode: 'commit' });
  datanet = chain.node.read(({ view }) => nextDatanet(view)) - 1;
  expect(created.status).toBe('committed');
});
afterAll(async () => {
  clearInterval(timer);
  await server.close();
  rmSync(root, { recursive: true });
});

const words = (name: string, from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `${name}${from + i}`).join(' ');
const row = (name: string, i: number) => ({
  question: words(`${name}q${i}x`, 0, 12),
  answer: words(`${name}a${i}x`, 0, 40),
});

describe('contribute', () => {
  test('brings a file into a Datanet, with the declaration that a reviewer finds true', async () => {
    const first = rowsFile('first.jsonl', [row('one', 0), row('one', 1)]);
    const { code, told } = await contribute(first, aliceKey);
    expect(code).toBe(0);
    expect(told?.contributions).toMatchObject([{ firstLine: 1, lastLine: 2, items: 2, error: null }]);

    const copied = { question: 'what is it', answer: `${words('onea1x', 5, 30)} and more of it` };
    const second = rowsFile('second.jsonl', [row('two', 0), copied, row('two', 1)]);
    const { told: next } = await contribute(second, bobKey);
    const contributions = [told, next].map((each) => each?.contributions[0]?.contribution ?? 0);
    const client = createRpcClient(server.url);
    const index = new DatanetIndex(infoTable());
    for (const contribution of contributions) {
      expect(stageOf(contribution)).toBe('review');
      const { content, declared } = await client.call('contribution_get', { contribution });
      const object = await client.call('content_get', { root: content?.root ?? ZERO_ROOT });
      if (object.type !== 'contribution') throw new Error('the content of a contribution');
      const items = await Promise.all(
        object.items.map(async (item) => {
          const text = await client.call('content_get', { root: item });
          if (text.type !== 'item') throw new Error('the text of an item');
          expect(text.rules).toBe(RULES_DEFAULT);
          return { tokens: tokensOf(text.text), promptTokens: text.promptTokens };
        }),
      );
      expect(items.map(({ promptTokens }) => promptTokens)).toEqual(
        contribution === contributions[0] ? [12, 12] : [12, 3, 12],
      );
      const truth = declare(index, contribution, items);
      const declaration = await client.call('contribution_getDeclaration', { contribution });
      const { role, struck: _struck, sources: _sources, ...about } = declaration;
      expect(about).toEqual(truth);
      expect(role).toBe('data');
      expect(declared?.dataTokens).toBe(contribution === contributions[0] ? 80n : 84n);
    }
    expect(
      (await client.call('contribution_getDeclaration', { contribution: contributions[1] ?? 0 })).copied,
    ).toEqual([{ item: 1, start: 3, end: 28, contribution: contributions[0], sourceItem: 1, sourcePos: 17 }]);
  });

  test('commits nothing twice: run again, it prints the same result', async () => {
    const path = rowsFile('again.jsonl', [row('again', 0), row('again', 1)]);
    const { told } = await contribute(path, aliceKey);
    const before = commits();
    const { code, told: again, stderr } = await contribute(path, aliceKey);
    expect(code).toBe(0);
    expect(again).toEqual(told);
    expect(stderr).toContain('going on with');
    expect(stderr).not.toContain('has no effect');
    const cut = await contribute(path, aliceKey, '--items', '1');
    expect(cut.told).toEqual(told);
    expect(cut.stderr).toContain('at most 1 rows has no effect on a contribution that was begun');
    expect(commits()).toBe(before);
    expect(statSync(`${path}.contribute.json`).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['--datanet', '4294967296'],
    ['--items', '0'],
  ])('refuses %s %s, and names both bounds', async (option, value) => {
    const { code, stderr } = await contribute(rowsFile('bounds.jsonl', []), aliceKey, option, value);
    expect([code, isOneErrorLine(stderr, 'ARGUMENT_INVALID')]).toEqual([2, true]);
    expect(stderr).toContain(`${option} takes a number from 1 to 4294967295, not "${value}"`);
  });

  test('goes on where it was killed, with the commit that it made', async () => {
    const path = rowsFile('killed.jsonl', [row('killed', 0), row('killed', 1)]);
    const state = `${path}.contribute.json`;
    const launcher = fileURLToPath(new URL('../../src/cli/openledger.js', import.meta.url));
    const start = () => {
      const child = spawn(process.execPath, [launcher, ...command(path, aliceKey, '--items', '1')], {
        stdio: 'ignore',
      });
      return { child, ended: new Promise((resolve) => child.once('close', resolve)) };
    };
    const outbox = (): readonly unknown[] =>
      existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as { outbox: unknown[] }).outbox : [];

    // Killed with both commits on their way, and then with their reveals.
    const before = commits();
    for (const kind of ['commit', 'reveal']) {
      sealing.on = kind === 'reveal';
      const { child, ended } = start();
      while (!JSON.stringify(outbox()).includes(`${kind}/`)) await sleep(5);
      child.kill('SIGKILL');
      await ended;
      sealing.on = true;
    }
    const { code, told } = await contribute(path, aliceKey, '--items', '1');
    expect(code).toBe(0);
    expect(commits()).toBe(before + 2);
    expect(told?.contributions.map(({ firstLine, error }) => [firstLine, error])).toEqual([
      [1, null],
      [2, null],
    ]);
    for (const { contribution } of told?.contributions ?? []) expect(stageOf(contribution)).toBe('review');
  });

  test('commits again what was not revealed in time, and gives its text to nobody before', async () => {
    const path = rowsFile('expired.jsonl', [row('expired', 0)]);
    sealing.on = false;
    const launcher = fileURLToPath(new URL('../../src/cli/openledger.js', import.meta.url));
    const child = spawn(process.execPath, [launcher, ...command(path, aliceKey)], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('close', resolve));
    while (chain.node.mempool().transactions === 0) await sleep(5);
    child.kill('SIGKILL');
    await ended;
    const before = commits();
    for (let i = 0; i < 402; i++) chain.seal();
    sealing.on = true;
    expect(commits()).toBe(before + 1);
    expect(stageOf(before)).toBe('expired');
    const { code, told, stderr } = await contribute(path, aliceKey);
    expect(code).toBe(0);
    expect(stderr).toContain('its bond is lost: it is committed again');
    expect(told?.contributions).toMatchObject([{ contribution: before + 1, error: null }]);
    expect(stageOf(before + 1)).toBe('review');
  });

  test('splits what one transaction cannot reveal, and each part knows the ones before', async () => {
    const many = Array.from({ length: 5 }, (_, i) => row('many', i % 4));
    const { code, told } = await contribute(rowsFile('many.jsonl', many), bobKey, '--items', '2');
    expect(code).toBe(0);
    expect(told?.contributions.map(({ firstLine, lastLine }) => [firstLine, lastLine])).toEqual([
      [1, 2],
      [3, 4],
      [5, 5],
    ]);
    const [one, , three] = told?.contributions ?? [];
    const client = createRpcClient(server.url);
    const { copied, novelRuns } = await client.call('contribution_getDeclaration', {
      contribution: three?.contribution ?? 0,
    });
    expect(copied).toEqual([
      { item: 0, start: 0, end: 52, contribution: one?.contribution, sourceItem: 0, sourcePos: 0 },
    ]);
    expect(novelRuns).toEqual([]);
  });

  test.each(['--json', '--dry-run'])(
    'refuses a copy of what is there before a bond is at stake: %s',
    async (flag) => {
      const before = commits();
      const path = rowsFile('exact.jsonl', [row('one', 0), { ...row('one', 1), more: 'of it' }]);
      const { code, stderr, stdout } = await openledger(command(path, bobKey, flag));
      expect([code, stdout]).toEqual([4, '']);
      expect(stderr).toMatch(/error CONTRIBUTION_DUPLICATE: lines 1-2: contribution [0-9]+ has exactly/);
      expect(commits()).toBe(before);
      expect(existsSync(`${path}.contribute.json`)).toBe(false);
    },
  );

  test('refuses two parts of one text, and names their rows', async () => {
    const before = commits();
    const path = rowsFile('twice.jsonl', [row('twice', 0), row('twice', 1), row('twice', 0)]);
    const { code, stderr } = await contribute(path, bobKey, '--items', '1', '--with-unknown-commits');
    expect(code).toBe(4);
    expect(stderr).toContain('error CONTRIBUTION_DUPLICATE: lines 3-3 have exactly the text of lines 1-1');
    expect(commits()).toBe(before);
  });

  test('sends nothing on a dry run, and says what it would', async () => {
    const before = commits();
    const path = rowsFile('dry.jsonl', [row('dry', 0), row('dry', 1), row('dry', 2)]);
    const { code, stdout } = await openledger(command(path, bobKey, '--dry-run', '--items', '2'));
    expect(code).toBe(0);
    const bytes = [0, 1, 2].reduce(
      (sum, i) => sum + row('dry', i).question.length + 1 + row('dry', i).answer.length,
      0,
    );
    expect(JSON.parse(stdout)).toEqual({
      datanet,
      bond: String(2n * 10n ** 18n + 10n ** 12n * BigInt(bytes)),
      contributions: [
        { firstLine: 1, lastLine: 2, items: 2 },
        { firstLine: 3, lastLine: 3, items: 1 },
      ],
    });
    expect(commits()).toBe(before);
    expect(existsSync(`${path}.contribute.json`)).toBe(false);
  });

  test('says so when --field has taken the file for a name', async () => {
    const path = rowsFile('taken.jsonl', [row('taken', 0)]);
    const [verb = '', , ...rest] = command(path, bobKey);
    const { code, stderr } = await openledger([verb, ...rest, '--field', 'q', 'a', path]);
    expect(code).toBe(2);
    expect(isOneErrorLine(stderr, 'USAGE'), stderr).toBe(true);
    expect(stderr).toContain('--field takes every name that follows it');
  });

  test('takes rows whose fields have other names', async () => {
    const path = rowsFile('named.jsonl', [{ a: 'the sum is four of them', q: 'two and two' }]);
    const { code, told } = await contribute(path, bobKey, '--field', 'q', 'a');
    expect(code).toBe(0);
    const { shapes } = await createRpcClient(server.url).call('contribution_getDeclaration', {
      contribution: told?.contributions[0]?.contribution ?? 0,
    });
    expect(shapes).toEqual([{ tokens: 9, promptTokens: 3 }]);
  });

  const good = JSON.stringify(row('bad', 0));
  test.each<[name: string, content: string, args: readonly string[], code: string, hint: string]>([
    ['a row that is no JSON', `${good}\n{"question"\n`, [], 'CONTRIBUTE_ROW', ':2:'],
    [
      'a row without a field',
      `${good}\n\n{"question":"x"}\n`,
      [],
      'CONTRIBUTE_ROW',
      ':3: the row has no text in the field "answer"',
    ],
    ['a field that is no text', '{"question":"x","answer":4}\n', [], 'CONTRIBUTE_ROW', ':1:'],
    ['a row that is a string', '"x"\n', [], 'CONTRIBUTE_ROW', ':1:'],
    ['an item of nothing', '{"question":" ","answer":"\\u200b"}\n', [], 'CONTRIBUTE_ROW', 'has no tokens'],
    ['half a character', '{"question":"\\ud800","answer":"x"}\n', [], 'TEXT_LONE_SURROGATE', ':1:'],
    [
      'an item too long',
      `{"question":"","answer":"${'a '.repeat(65_537)}"}\n`,
      [],
      'CONTRIBUTE_ROW',
      '65536',
    ],
    ['bytes of no text', `${good}\n{"question":"\ufffd`, [], 'UTF8_INVALID', 'line 2, byte 14'],
    ['no rows', '\n\n', [], 'CONTRIBUTE_EMPTY', 'no rows'],
    ['too few fields', good, ['--field', 'question'], 'CONTRIBUTE_FIELDS', 'question, answer'],
    ['fields of other names', '{"q":"x","a":"y"}', [], 'CONTRIBUTE_ROW', 'name them with --field'],
    ['an unknown role', good, ['--role', 'boss'], 'ARGUMENT_INVALID', 'correction'],
    [
      'a commons of words that stand nowhere',
      good,
      ['--role', 'commons'],
      'CONTRIBUTE_NOT_COMMON',
      'leave out',
    ],
    ['no number of items', good, ['--items', '0'], 'ARGUMENT_INVALID', '--items'],
    ['a state that is something else', good, ['--state', aliceKey], 'CONTRIBUTE_JOURNAL', '--state'],
  ])('refuses %s in one line, and commits nothing', async (name, content, args, code, hint) => {
    const before = commits();
    const ran = await contribute(rawFile(`${name.replaceAll(' ', '-')}.jsonl`, content), bobKey, ...args);
    expect(ran.code).toBe(code === 'ARGUMENT_INVALID' ? 2 : 1);
    const last = ran.stderr.trimEnd().split('\n').at(-1) ?? '';
    expect(isOneErrorLine(`${last}\n`, code), ran.stderr).toBe(true);
    expect(last).toContain(hint);
    expect(commits()).toBe(before);
  });

  test('goes on without a text that cannot be read only if it is told to', async () => {
    const client = createRpcClient(server.url);
    const wallets = await Promise.all(
      [alice, bob, cleo].map(({ privateKey }) => createWallet(client, privateKey)),
    );
    const [one, two, three] = wallets;
    if (one === undefined || two === undefined || three === undefined) throw new Error('three wallets');
    const commit = { mode: 'commit' } as const;
    await one.send<string>('datanetCreate', { ...terms(), name: 'withheld' }, commit);
    const withheld = chain.node.read(({ view }) => nextDatanet(view)) - 1;
    const contribution = commits();
    const [root, salt] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const preimage = { datanet: withheld, root: root as Root, salt, sender: cleo.address };
    const commitment = contributionCommitment(preimage);
    await three.send('contributionCommit', { datanet: withheld, commitment }, commit);
    chain.seal();
    const tokens = [tokensOf(words('nobody', 0, 20))];
    const reveal = {
      contribution,
      datanet: withheld,
      rules: RULES_DEFAULT,
      salt,
      root,
      digest: contentDigest(withheld, tokens),
      items: 1,
      tokens: 20n,
      bytes: 200n,
      role: 'data' as const,
      parents: [],
      licence: 'MIT',
      ...declare(new DatanetIndex(infoTable()), contribution, [
        { tokens: tokensOf(words('nobody', 0, 20)), promptTokens: 0 },
      ]),
    };
    expect((await three.send('dataContribution', reveal, commit)).error).toBeNull();
    const path = rowsFile('withheld.jsonl', [row('withheld', 0)]);
    const there = ['--datanet', String(withheld)];

    // Under review, it is nobody's fault not to have read it.
    const open = await contribute(rowsFile('open.jsonl', [row('open', 0)]), bobKey, ...there);
    expect(open.code).toBe(0);
    expect(open.stderr).toContain(`the texts of contributions ${contribution} are not available`);

    const quality = { authenticity: 1, ownership: 1, quality: 1, uniqueness: 1 };
    for (const reviewer of [one, two])
      await reviewer.send('contributionReview', { contribution, quality, verdict: 'accept' }, commit);
    const before = commits();
    const refused = await contribute(path, bobKey, ...there);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('error CONTRIBUTE_TEXT_MISSING');
    expect(commits()).toBe(before);
    expect((await contribute(path, bobKey, ...there, '--without-missing')).code).toBe(0);
  });

  test('refuses the part that no longer fits a transaction, and reveals the others as if it were not there', async () => {
    const client = createRpcClient(server.url);
    const long = (count: number) => ({
      question: `all ${count}`,
      answer: Array.from({ length: count }, (_, i) => row('long', i).answer).join(' '),
    });
    const { terms: found } = await client.call('datanet_get', { id: datanet });
    const path = rowsFile('long.jsonl', [long(90), long(45)]);
    const { rows } = unwrap(readRows(path, found, undefined));
    const wallet = await createWallet(client, bob.privateKey);
    const subject = { genesis: '', account: '', datanet, file: '', fields: undefined, role: 'data' } as const;
    const stretches = [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
    ];
    const journal = newJournal(
      journalFile(join(root, 'long.json')),
      subject,
      new Uint8Array(32).fill(0x11),
      stretches,
    );
    const read = openDatanetReader(client, openTextCache(client).contributions);
    const said: string[] = [];
    const parts = await new Contributor({
      client,
      wallet,
      journal,
      begun: NOTHING_BEGUN,
      table: infoTable(),
      rows,
      datanet,
      licence: 'MIT',
      role: 'data',
      revealMin: 2n,
      revealMax: 400n,
      rules: noveltyRulesOf(found.rules, await client.call('chain_getParams')),
      // 3,600 novel tokens are declared in fifteen runs, half of them in eight.
      transactionBytes: 1_320,
      blockBytes: 1 << 20,
      readDatanet: (own = new Set()) => read(datanet, own),
      lackIn: () => undefined,
      readUnknown: async () => [],
      unknownIn: () => undefined,
      progress: (text) => said.push(text),
      signal: new AbortController().signal,
    }).run();
    expect(parts.map(({ refused }) => refused?.code)).toEqual(['CONTRIBUTE_TOO_LARGE', undefined]);
    expect(said.join()).toContain('a transaction has at most 1320');
    const [, second] = parts;
    // Its source was refused, so it is one no more.
    const declaration = await client.call('contribution_getDeclaration', {
      contribution: second?.contribution ?? 0,
    });
    expect(declaration.copied).toEqual([]);
  });

  test('commits nothing that another has revealed since it was planned, and goes on with the rest', async () => {
    const client = createRpcClient(server.url);
    const path = rowsFile('raced.jsonl', [row('raced', 0), row('raced', 1)]);
    const { terms: found } = await client.call('datanet_get', { id: datanet });
    const { rows } = unwrap(readRows(path, found, undefined));
    const subject = { genesis: '', account: '', datanet, file: '', fields: undefined, role: 'data' } as const;
    const stretches = [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
    ];
    const journal = newJournal(
      journalFile(join(root, 'raced.json')),
      subject,
      new Uint8Array(32).fill(0x22),
      stretches,
    );
    expect((await contribute(rowsFile('racer.jsonl', [row('raced', 0)]), aliceKey)).code).toBe(0);
    const before = commits();
    const read = openDatanetReader(client, openTextCache(client).contributions);
    const parts = await new Contributor({
      client,
      wallet: await createWallet(client, bob.privateKey),
      journal,
      begun: NOTHING_BEGUN,
      table: infoTable(),
      rows,
      datanet,
      licence: 'MIT',
      role: 'data',
      revealMin: 2n,
      revealMax: 400n,
      rules: noveltyRulesOf(found.rules, await client.call('chain_getParams')),
      transactionBytes: 1 << 20,
      blockBytes: 1 << 20,
      readDatanet: (own = new Set()) => read(datanet, own),
      lackIn: () => undefined,
      readUnknown: async () => [],
      unknownIn: () => undefined,
      progress: () => undefined,
      signal: new AbortController().signal,
    }).run();
    expect(parts.map(({ refused }) => refused?.code)).toEqual(['CONTRIBUTION_DUPLICATE', undefined]);
    expect(parts[1]?.revealed).toBeDefined();
    expect(commits()).toBe(before + 1);
  });

  test('refuses the state of another file or account', async () => {
    const path = rowsFile('first-of-two.jsonl', [row('state', 0)]);
    // A test above has left a commit of bob's that nobody reveals.
    expect((await contribute(path, bobKey, '--with-unknown-commits')).code).toBe(0);
    const state = `${path}.contribute.json`;
    const other = rowsFile('second-of-two.jsonl', [row('state', 1)]);
    for (const [of, who] of [
      [other, bobKey],
      [path, aliceKey],
    ] as const) {
      const { code, stderr } = await contribute(of, who, '--state', state);
      expect(code).toBe(1);
      expect(stderr).toContain('error CONTRIBUTE_JOURNAL_OTHER');
    }
    writeFileSync(state, '{"subject":1}');
    expect((await contribute(path, bobKey)).stderr).toContain('error CONTRIBUTE_JOURNAL:');
  });

  test('names the bonds of an earlier run also if no node answers when it is started again', async () => {
    const path = rowsFile('left.jsonl', [row('left', 0), row('left', 1)]);
    const store = journalFile(`${path}.contribute.json`);
    const journal = newJournal(
      store,
      { genesis: '0x', account: '0x', datanet, file: '', fields: undefined, role: 'data' },
      new Uint8Array(32),
      [
        { from: 0, to: 1 },
        { from: 1, to: 2 },
      ],
    );
    journal.parts = journal.parts.map((part, at) => (at === 0 ? { ...part, contribution: 77 } : part));
    journal.save();
    const nobody = command(path, aliceKey).map((word) => (word === server.url ? 'http://127.0.0.1:1' : word));
    const { code, stderr } = await openledger(nobody);
    expect(code).toBe(3);
    expect(stderr).toContain('committed and lose their bonds if they are not revealed: 77; ');
    expect(stderr).toContain(`${path}.contribute.json alone can reveal them`);
    expect(stderr).toContain('error RPC_UNREACHABLE');
  });

  test('takes no rows from a device without a name for its state, which it would keep beside it', async () => {
    const { code, stderr } = await contribute('/dev/stdin', aliceKey);
    expect(code).toBe(2);
    expect(isOneErrorLine(stderr, 'STATE_UNNAMED')).toBe(true);
    expect(existsSync('/dev/stdin.contribute.json')).toBe(false);
  });

  test('refuses who cannot pay the bond, before anything is committed', async () => {
    const before = commits();
    // A commit costs a bond of 1 OPEN, and bob had 1,000.
    const path = rowsFile(
      'poor.jsonl',
      Array.from({ length: 1_100 }, (_, i) => row('poor', i)),
    );
    const { code, stderr } = await contribute(path, bobKey, '--items', '1', '--with-unknown-commits');
    expect(code).toBe(4);
    expect(stderr).toContain('error BALANCE_TOO_LOW');
    expect(commits()).toBe(before);
    expect(existsSync(`${path}.contribute.json`)).toBe(false);
  });
});
