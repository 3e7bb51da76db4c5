/** The way from a chain with real texts, over a real RPC, to what the command prints. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { commonsContent } from '../../node/commons.ts';
import { type RpcServer, startRpcServer } from '../../rpc/server.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../src/attribution/novelty.ts';
import { explain } from '../../src/cli/explain/explain.ts';
import type { Explanation } from '../../src/cli/explain/explanation.ts';
import { gatherFacts } from '../../src/cli/explain/gather.ts';
import { judge, NOTHING_READ } from '../../src/cli/explain/judgement.ts';
import { SEARCH_LIMITS, searchTexts } from '../../src/cli/explain/search.ts';
import { renderTerminal } from '../../src/cli/explain/terminal.ts';
import { inferenceObject, measureInference } from '../../src/client/inference.ts';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { type ContentObject, createRootOf } from '../../src/content/objects.ts';
import type { Root } from '../../src/lib/brands.ts';
import { fromHex, toHex, utf8 } from '../../src/lib/bytes.ts';
import { invariant, unwrap } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { type ContributionId, type ModelId, OF_CHAIN } from '../../src/lib/ids.ts';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import { attributionChallenge } from '../../state/tx/attribution-challenge.ts';
import { formatReceiptId } from '../../state/tx/receipt.ts';
import { logger, testServer } from '../unit/rpc/server.ts';
import { COMMON_WORDS, chainCommonsScene } from '../unit/state/economy/chain-commons-scenes.ts';
import { ALICES, BOBS, commonsScene, LICENCE } from '../unit/state/economy/commons-scenes.ts';
import {
  ALICE,
  BOB,
  challengeAs,
  contributeTexts,
  demandOf,
  disputeScene,
  type Inference,
  OUTPUT,
  onContribution,
  PROMPT,
  secretOf,
  send,
  settleAs,
  watcher,
  wordsOf,
} from '../unit/state/economy/dispute-scenes.ts';
import { alice, bob, sendReceipts } from '../unit/state/economy/scenes.ts';
import { sharedScene, TEXT } from '../unit/state/economy/shared-scenes.ts';
import type { World } from '../unit/state/economy/world.ts';
import { isOneErrorLine, LAUNCHER, openledger } from './run.ts';

const scene = disputeScene();
const { world } = scene;
const texts = { prompt: PROMPT, output: OUTPUT, salt: sha256(utf8('salt of the receipt')) };
/** Accepted after the model was registered: its outputs may not be traced to it. */
const OUTSIDE = [wordsOf('own', 5)];
const outside = contributeTexts(
  world,
  bob,
  scene.datanet,
  OUTSIDE,
  new DatanetIndex(infoTable(), { ...DEFAULT_PARAMETERS, version: 2 }),
);
const inferred = scene.infer(PROMPT, OUTPUT);
const honest = {
  ...inferred,
  body: { ...inferred.body, ...unwrap(measureInference(infoTable(), texts)) },
};
/** By its root: what the node has. */
const content = new Map<string, ContentObject>();
const put = (object: ContentObject): string => {
  const root = toHex(unwrap(createRootOf(infoTable())(object)));
  content.set(root, object);
  return root;
};
const textsRoot = put(inferenceObject(texts));
const putContribution = (contribution: ContributionId, texts: readonly string[]): void => {
  const items = texts.map((text, i) => {
    const item = { type: 'item', rules: 2, text: utf8(text), promptTokens: 0 } as const;
    return unwrap(fromHex(put({ ...item, salt: secretOf(contribution, i) }), 32)) as Root;
  });
  put({ type: 'contribution', items });
};
putContribution(scene.early.contribution, ALICE);
putContribution(scene.late.contribution, BOB);
putContribution(outside.contribution, OUTSIDE);

/** While it is not resolved the node seeks what it is asked for. */
let seeking: Promise<void> = Promise.resolve();
/** Serves a chain, and the texts that are in `content`. */
const serve = async (chain: World): Promise<RpcServer> => {
  const { node } = testServer();
  return await startRpcServer({
    node: {
      ...node,
      read: (query) => query({ height: chain.height, view: chain.view }),
      status: () => ({ ...node.status(), height: chain.height, waiting: undefined }),
      isContentNamed: async () => true,
      listsToShow: () => 0,
      getContent: async (root) => {
        await seeking;
        return content.get(toHex(root));
      },
    },
    logger,
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 1 << 20,
    maxBatch: 100,
    rateLimit: undefined,
  });
};
let server: RpcServer;
const folder = mkdtempSync(join(tmpdir(), 'openledger-explain-'));
beforeAll(async () => {
  server = await serve(world);
});
const runChallenge = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await openledger(['challenge', ...args, '--rpc', server.url]);
  return { code, stdout, stderr };
};
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/**
 * Sends a receipt of texts that the node has, and serves the chain it is on.
 * @returns the batch, and what the command explains of the receipt to somebody who asks for a contribution
 */
const serveReceipt = async (chain: World, model: ModelId, { prompt, output, body }: Inference) => {
  const inferred = { prompt, output, salt: texts.salt };
  put(inferenceObject(inferred));
  const measured = unwrap(measureInference(infoTable(), inferred));
  const batch = sendReceipts(chain, model, [{ ...body, ...measured }]);
  const serving = await serve(chain);
  onTestFinished(() => serving.close());
  const asked = async (contribution: ContributionId) => {
    const id = formatReceiptId({ batch, index: 0 });
    const args = ['explain', id, '--rpc', serving.url, '--json', '--for', String(contribution)];
    const { code, stdout, stderr } = await openledger(args);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Pick<
      Explanation,
      'asked' | 'chain' | 'contributors' | 'coverage' | 'shared'
    > & {
      readonly money: { readonly shared: string };
    };
  };
  return { batch, url: serving.url, asked };
};

const explained = async (id: string) => explain(await gatherFacts(createRpcClient(server.url), id));

test('a receipt is explained from its first block to the close of its epoch', async () => {
  const batch = send(scene, honest);
  const id = formatReceiptId({ batch, index: 0 });
  const open = await explained(id);
  expect(open.status).toMatchObject({ type: 'open' });
  expect([open.contributors, open.gaps]).toEqual([[], []]);

  const settlement = settleAs(world, batch, [[0, honest.claim]]);
  const held = await explained(id);
  expect(held.status).toMatchObject({ type: 'settled', demands: 0 });
  expect(held.gaps).toEqual([]);
  expect(held.contributors.map(({ contribution, owner }) => [contribution, owner])).toEqual([
    [scene.early.contribution, toHex(alice.address)],
    [scene.late.contribution, expect.any(String)],
  ]);
  const sources = held.spans.flatMap((span) => span.sources);
  expect(sources.length).toBeGreaterThan(2);
  for (const { excerpt } of sources) expect(excerpt).toMatchObject({ available: true, same: true });
  expect(held.coverage?.echoed).toBeGreaterThan(0);
  expect(held.money.payments.every(({ basis }) => basis === 'alone')).toBe(true);

  challengeAs(world, { batch, index: 0, settlement }, demandOf('prompt', { count: 2 }));
  const demanded = await explained(id);
  expect(demanded.status).toMatchObject({ type: 'settled', demands: 1 });
  expect(demanded.chain.map(({ what }) => what).join()).toMatch(/challenged by DEMAND: open/);
});

test('once its epoch has closed what it brought is exact, and never more than the contributors have earned', async () => {
  const batch = send(scene, honest);
  const id = formatReceiptId({ batch, index: 0 });
  settleAs(world, batch, [[0, honest.claim]]);
  world.until(((world.height + 5n) / 10n + 1n) * 10n);
  const { money, contributors, status } = await explained(id);
  expect(status.type).toBe('final');
  expect(money.epoch.type).toBe('closed');
  expect(money.payments.map(({ basis }) => basis)).toEqual(['exact', 'exact']);
  for (const { contributor, amount } of money.payments) {
    expect(amount).toBeGreaterThan(0n);
    expect(amount).toBeLessThanOrEqual(contributors[contributor]?.totals?.earned ?? 0n);
  }
});

test('a text that does not hash to its root is not shown', async () => {
  const batch = send(scene, honest);
  const id = formatReceiptId({ batch, index: 0 });
  settleAs(world, batch, [[0, honest.claim]]);
  const root = textsRoot;
  const real = content.get(root);
  content.set(root, inferenceObject({ ...texts, output: `${OUTPUT}, and a lie` }));
  const forged = await explained(id);
  if (real !== undefined) content.set(root, real);
  expect(forged.output).toEqual({
    available: false,
    reason: 'the node gave a text that does not hash to its root',
  });
  content.delete(root);
  expect((await explained(id)).gaps.join()).toMatch(
    /answer cannot be shown: neither this node nor its peers/,
  );
  if (real !== undefined) content.set(root, real);
});

test('the command prints it, writes the page, and refuses what is no receipt in one line', async () => {
  const batch = send(scene, honest);
  const id = formatReceiptId({ batch, index: 0 });
  settleAs(world, batch, [[0, honest.claim]]);
  const rpc = ['--rpc', server.url];
  const shown = await openledger(['explain', id, ...rpc]);
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(/settled, may be challenged/);
  expect(shown.stdout).toMatch(/⟦1│alpha5/);
  const path = join(folder, 'page.html');
  const both = await openledger(['explain', id, '--html', path, '--json', ...rpc]);
  expect(JSON.parse(both.stdout)).toMatchObject({ receipt: { id }, status: { type: 'settled' } });
  expect(readFileSync(path, 'utf8')).toMatch(/^<!doctype html>/);
  const refusals = [
    [['explain', formatReceiptId({ batch, index: 9 })], 'RECEIPT_NOT_FOUND', 4],
    [['explain', 'no-id'], 'ARGUMENT_INVALID', 2],
    [['challenge', 'no-id'], 'ARGUMENT_INVALID', 2],
    [['challenge'], 'ARGUMENT_INVALID', 2],
    [['explain', id, '--html', join(folder, 'no', 'folder.html')], 'FILE_UNWRITABLE', 1],
  ] as const;
  for (const [args, code, exit] of refusals) {
    const refused = await openledger([...args, ...rpc]);
    expect(refused.code).toBe(exit);
    expect(isOneErrorLine(refused.stderr, code), refused.stderr).toBe(true);
  }
});

test('the texts are searched: who else holds words, what is not credited, and why', async () => {
  const batch = send(scene, honest);
  const id = formatReceiptId({ batch, index: 0 });
  settleAs(world, batch, [[0, honest.claim]]);
  const asked = (...args: readonly string[]) =>
    openledger(['explain', id, '--node', server.url, '--keystore', folder, ...args]);
  const json = await asked('--json', '--for', String(outside.contribution));
  expect(json.code, json.stderr).toBe(0);
  const also = (...contributions: readonly number[]) => ({
    also: { holders: contributions.map((contribution) => ({ contribution })), count: contributions.length },
  });
  expect(JSON.parse(json.stdout)).toMatchObject({
    tracing: {
      available: true,
      matchBits: 96,
      read: { ofModel: 2, others: 1 },
      missing: [],
      unread: 0,
      agrees: true,
      uncredited: [
        {
          holder: {
            contribution: outside.contribution,
            standing: { type: 'later', number: 3, pinned: 2 },
          },
          reason: { type: 'ineligible' },
          excerpt: { available: true, text: wordsOf('own', 5), same: true },
        },
      ],
    },
    // Bob's contribution holds alice's second item too.
    spans: [also(), also(scene.late.contribution), also()],
    asked: {
      verdict: { type: 'ineligible' },
      parts: [{ start: 122, end: 127, fate: { type: 'ineligible' } }],
    },
  });

  const shown = await asked('--for', String(scene.late.contribution));
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(/why contribution \d+ is paid/);
  expect(shown.stdout).toContain(`⟦a│${wordsOf('own', 5)}⟧`);
  expect(shown.stdout.replace(/\s+/g, ' ')).toContain(
    `all of them also stand in contribution ${scene.late.contribution}`,
  );
  const bare = await asked('--no-trace', '--json');
  expect(JSON.parse(bare.stdout)).not.toHaveProperty('tracing');

  const typo = await asked('--for', '99');
  expect(typo.code).toBe(4);
  expect(isOneErrorLine(typo.stderr, 'CONTRIBUTION_NOT_FOUND'), typo.stderr).toBe(true);
  expect(typo.stderr).toContain(`did you mean ${scene.early.contribution} or ${scene.late.contribution}?`);
  for (const args of [
    ['--for', 'x'],
    ['--for', '1', '--no-trace'],
  ]) {
    const refused = await asked(...args);
    expect(refused.code).toBe(2);
    expect(isOneErrorLine(refused.stderr, 'ARGUMENT_INVALID'), refused.stderr).toBe(true);
  }
});

test('words that two owners brought independently are nobody’s, and who brought them is shown', async () => {
  const own = wordsOf('alone', 30);
  const shared = sharedScene(
    [TEXT, own],
    [{ who: bob, texts: [wordsOf('bobs', 30), TEXT], commits: 'before the reveal' }],
  );
  for (const { texts, contribution } of [shared.first, ...shared.rivals])
    putContribution(contribution.contribution, texts);
  const inference = shared.infer('what', `${own} ${TEXT}`);
  const { batch, url, asked } = await serveReceipt(shared.world, shared.model, inference);
  const [first, second] = [shared.first, ...shared.rivals].map(
    ({ contribution }) => contribution.contribution,
  );
  invariant(first !== undefined && second !== undefined, 'alice and bob brought the text');
  const client = createRpcClient(url);
  const bringers = [];
  for (const contribution of [first, second]) {
    const { owner, committedAt, declared } = await client.call('contribution_get', { contribution });
    bringers.push({
      contribution,
      owner: toHex(owner ?? new Uint8Array()),
      committedAt: String(committedAt),
      revealedAt: String(declared?.revealedAt),
    });
  }
  const reason = { type: 'shared', first: bringers[0], second: bringers[1] };
  expect(await asked(second)).toMatchObject({
    shared: [],
    tracing: { uncredited: [{ reason: { type: 'unsettled' } }, { start: 30, end: 90, reason }] },
    asked: { verdict: reason },
  });

  settleAs(shared.world, batch, [[0, shared.claim(inference)]]);
  const bobs = await asked(second);
  expect(bobs).toMatchObject({
    shared: [
      {
        start: 30,
        end: 90,
        first: { ...bringers[0], sources: [{ item: 0, excerpt: { text: TEXT, same: true } }] },
        second: { ...bringers[1], sources: [{ item: 1, excerpt: { text: TEXT, same: true } }] },
      },
    ],
    tracing: { agrees: true, uncredited: [] },
    asked: { verdict: reason, parts: [{ start: 30, end: 90, fate: reason }] },
    gaps: [],
  });
  expect(bobs.coverage?.shared).toBe(bobs.shared[0]?.score);
  expect(BigInt(bobs.money.shared)).toBeGreaterThan(0n);
  expect(await asked(first)).toMatchObject({
    asked: { verdict: { type: 'credited' }, parts: [{ fate: { type: 'credited' } }, { fate: reason }] },
  });
});

test('words of a commons that was proposed are nobody’s for a model that pins it', async () => {
  const made = commonsScene();
  const proposal = made.propose(bob, LICENCE);
  const model = made.register();
  putContribution(made.alices.contribution, [LICENCE, ALICES]);
  putContribution(made.bobs.contribution, [BOBS]);
  putContribution(proposal.contribution, [LICENCE]);
  const inference = made.infer('what', `${ALICES} ${LICENCE}`);
  const { batch, asked } = await serveReceipt(made.world, model, inference);
  settleAs(made.world, batch, [[0, made.claim(model, inference)]]);
  const { contribution } = proposal;
  const commons = await asked(contribution);
  expect(commons).toMatchObject({
    contributors: [{ contribution: made.alices.contribution }, { contribution, owner: null, name: null }],
    tracing: { agrees: true, uncredited: [] },
    asked: { owner: null, verdict: { type: 'commons' } },
    gaps: [],
  });
  expect(commons.coverage?.commons).toBeGreaterThan(0);
  expect(JSON.stringify(commons)).toContain(
    `commons ${contribution} committed as a proposal, revealed in block`,
  );
  expect(await asked(made.alices.contribution)).toMatchObject({
    asked: {
      verdict: { type: 'credited' },
      parts: [{ fate: { type: 'credited' } }, { fate: { type: 'other', contribution, commons: true } }],
    },
  });
});

describe.skipIf(!existsSync('/dev/full'))('a result that could not be written is no success', () => {
  test.each([['explain'], ['challenge', '--dry-run']])('of %s', async (verb, ...more) => {
    const batch = send(scene, honest);
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const args = [verb, formatReceiptId({ batch, index: 0 }), ...more, '--rpc', server.url];
    const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', full, 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(3);
    expect(isOneErrorLine(said, 'OUTPUT_UNWRITABLE'), said).toBe(true);
  });
});

test('without a text the claim is shown, and what is missing is named', async () => {
  const batch = send(scene, honest);
  const id = formatReceiptId({ batch, index: 0 });
  settleAs(world, batch, [[0, honest.claim]]);
  const client = createRpcClient(server.url);
  const root = toHex(
    (await client.call('contribution_get', { contribution: scene.late.contribution })).content?.root ??
      new Uint8Array(),
  );
  const list = content.get(root);
  content.delete(root);
  onTestFinished(() => void (list !== undefined && content.set(root, list)));
  const { code, stdout } = await openledger([
    'explain',
    id,
    '--rpc',
    server.url,
    '--json',
    '--for',
    String(scene.early.contribution),
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    tracing: { missing: [scene.late.contribution], agrees: null },
    asked: { verdict: { type: 'credited' } },
    gaps: expect.arrayContaining([
      expect.stringContaining(`lacks the texts of 1 contribution of the model (${scene.late.contribution})`),
    ]),
  });
});

test('of a claim nothing is concluded if the text of what was voided since is missing', async () => {
  const { world: chain, model, late, infer } = disputeScene();
  const inferred = infer(PROMPT, OUTPUT);
  const { batch, url } = await serveReceipt(chain, model, inferred);
  const demand = onContribution(late, demandOf('source', { contribution: late.contribution }));
  chain.run(watcher, attributionChallenge, demand);
  const answerBy = chain.height + BigInt(chain.params.attribution.answerWindow);
  chain.until(answerBy - 1n);
  settleAs(chain, batch, [[0, inferred.claim]]);
  chain.until(answerBy);
  const client = createRpcClient(url);
  const facts = await gatherFacts(client, formatReceiptId({ batch, index: 0 }));
  const { content: held, voidedAt } = await client.call('contribution_get', {
    contribution: late.contribution,
  });
  expect([voidedAt, facts.settlement?.height]).toEqual([answerBy, answerBy]);
  const tracing = async () => {
    const judgement = judge(facts, await searchTexts(client, facts, undefined), () => undefined);
    return explain(facts, { names: () => undefined, judgement, around: NOTHING_READ }).tracing;
  };
  expect(await tracing()).toMatchObject({ read: { ofModel: 2, others: 0 }, missing: [], agrees: true });
  const root = toHex(held?.root ?? new Uint8Array());
  const text = content.get(root);
  content.delete(root);
  onTestFinished(() => void (text !== undefined && content.set(root, text)));
  expect(await tracing()).toMatchObject({ missing: [late.contribution], disagreements: [], agrees: null });
});

test('a search reads no more than its limits allow, and counts what it left out', async () => {
  const batch = send(scene, honest);
  const id = formatReceiptId({ batch, index: 0 });
  const client = createRpcClient(server.url);
  const facts = await gatherFacts(client, id);
  const search = async (limits: Partial<typeof SEARCH_LIMITS>) => {
    const { found } = await searchTexts(client, facts, undefined, { ...SEARCH_LIMITS, ...limits });
    return { read: found?.read, unread: found?.unread, held: found?.holders.length };
  };
  expect(await search({})).toEqual({ read: { ofModel: 2, others: 1 }, unread: 0, held: 3 });
  expect(await search({ tokens: 240 })).toEqual({ read: { ofModel: 1, others: 0 }, unread: 1, held: 1 });
  expect(await search({ others: 0 })).toEqual({ read: { ofModel: 2, others: 0 }, unread: 0, held: 2 });
});

test('a claim that was reverted is shown first, and stays among the facts; what is to come stands last', async () => {
  const batch = send(scene, honest);
  const id = formatReceiptId({ batch, index: 0 });
  const settlement = settleAs(world, batch, [[0, honest.claim]]);
  challengeAs(world, { batch, index: 0, settlement }, demandOf('prompt', { count: 2 }));
  const { challenges } = await createRpcClient(server.url).call('attribution_getChallenges', { subject: id });
  const by = challenges[0]?.answerBy ?? 0n;
  const answerBy = by.toString();
  world.until(by + 1n);
  const explanation = await explained(id);
  expect(explanation.status).toMatchObject({
    type: 'open',
    reverted: { height: answerBy, because: 'unanswered' },
  });
  expect(explanation.chain.find(({ what }) => what.startsWith('the claim was reverted'))).toMatchObject({
    height: answerBy,
    refs: [['settlement', toHex(settlement)]],
  });
  const shown = renderTerminal(explanation, 100).replace(/\s+/g, ' ');
  expect(shown).toContain(`A claim was reverted at block ${answerBy}, because nobody answered a demand`);
  expect(shown).not.toContain('No attestor has settled');
  expect(shown).toMatch(/open again .* as of here .* last block in which it may be settled/);
});

test('of a receipt that nobody has settled no claim is said to hold, and nothing is demanded', async () => {
  const id = formatReceiptId({ batch: send(scene, honest), index: 0 });
  content.delete(textsRoot);
  onTestFinished(() => void put(inferenceObject(texts)));
  const json = await runChallenge(id, '--demand', '--json');
  // What it would be signed with was not asked for: nothing is sent.
  expect([json.code, json.stderr]).toEqual([0, '']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    receipt: id,
    attestor: null,
    verdict: 'unsettled',
    withheld: [{ text: 'output' }, { text: 'prompt' }],
    witness: null,
    id: null,
    status: null,
  });
  const text = await runChallenge('--receipt', id);
  expect(text.stdout).toMatch(/nobody has settled it \(yet\); not all texts have arrived/);
  expect(text.stdout).toMatch(/missing +output, chunks 0 to 2\nmissing +prompt, chunks 0 to 1\n/);
  expect(text.stderr).toBe('nothing to demand until it is settled\n');
});

test('a demand does not wait for a node that still seeks what nobody has', async () => {
  const batch = send(scene, honest);
  settleAs(world, batch, [[0, honest.claim]]);
  const { promise, resolve } = Promise.withResolvers<void>();
  seeking = promise;
  const { code, stdout } = await runChallenge(
    formatReceiptId({ batch, index: 0 }),
    '--demand',
    '--dry-run',
    '--json',
  );
  resolve();
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    verdict: 'unknown',
    withheld: [{ text: 'output', first: 0 }],
    witness: { witness: 'demand' },
    id: null,
    status: null,
  });
});

test('what the commons of the chain takes is explained, and why nobody is paid for it', async () => {
  const { terms, objects } = unwrap(
    commonsContent({ rules: 2, texts: [{ name: 'beta', text: COMMON_WORDS }] }),
  );
  for (const object of objects) put(object);
  const { made, inference, claim } = chainCommonsScene(terms);
  const { batch, url, asked } = await serveReceipt(made.world, made.model, inference);
  settleAs(made.world, batch, [[0, claim]]);
  const told = await asked(OF_CHAIN);
  expect(told.contributors[0]).toMatchObject({
    contribution: OF_CHAIN,
    owner: null,
    datanet: { id: OF_CHAIN },
  });
  expect(told.asked).toMatchObject({
    contribution: OF_CHAIN,
    standing: { type: 'eligible' },
    verdict: { type: 'commons', score: told.coverage?.commons },
  });
  expect(told.chain[0]).toMatchObject({ what: '[1] commons 0, with the genesis', height: '0' });
  const id = formatReceiptId({ batch, index: 0 });
  const text = (await openledger(['explain', id, '--rpc', url, '--for', '0'])).stdout.replace(/\s+/g, ' ');
  expect(text).toContain('commons 0, nobody’s');
  expect(text).toContain('of the whole chain');
  expect(text).not.toContain('Datanet 0');
});
