/** Content goes to the nodes that host it by itself: one that joins later holds it when nobody else is left. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { homePaths, readConfig, writeConfig } from '../../node/home.ts';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { bytesOf, uploadContent } from '../../src/contribute/prepared.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { Json } from '../../src/lib/ssz.ts';
import { RULES_DEFAULT } from '../../state/attribution/rules.ts';
import { datanetCreate } from '../../state/tx/datanet-create.ts';
import { actorsOf } from '../../tools/demo/actors.ts';
import { eventField, intent, openLedger } from '../../tools/demo/ledger.ts';
import { commit, openRegister, prepare, revealIntent } from './contributing.ts';
import { eventually, heightOf, lives, openWorkshop, startDevnet } from './processes.ts';

const shop = openWorkshop();
afterAll(() => shop.close());

/** Text of so many bytes that no compression makes much smaller. */
const noise = (name: string, bytes: number): string => {
  const words = Array.from({ length: Math.ceil(bytes / 44) }, (_, i) =>
    createHash('sha256').update(`${name} ${i}`).digest('base64url'),
  );
  return words.join(' ').slice(0, bytes);
};

const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

/** Makes a genesis that names this commons. */
const genesisWith = async (name: string, commons: Json): Promise<string> => {
  const file = join(shop.folder, `${name}.json`);
  await shop.finish('genesis', 'new', '--chain-id', '424242', '--name', name, '--no-commons', '--out', file);
  const genesis = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Json>;
  expect(genesis.commons).toBeNull();
  writeFileSync(file, JSON.stringify({ ...genesis, commons }));
  return file;
};

const ITEM_BYTES = 40_000;
const UNSPOKEN_BYTES = 400_000;

test('a node that joins gets what the chain speaks of, and nothing else, and gives it when all others are gone', async () => {
  const net = await startDevnet(
    shop,
    join(shop.folder, 'net'),
    '--nodes',
    '1',
    '--genesis',
    await genesisWith('plain', null),
  );
  const { rpc, p2p, pid } = net.node(0);
  const ledger = await openLedger([rpc, rpc, rpc, rpc]);
  const { founder, reviewers, student } = actorsOf(net.ready, []);

  // Of this the chain never hears.
  await ledger.writer.call('content_put', {
    objects: [
      {
        type: 'item',
        rules: RULES_DEFAULT,
        text: noise('unspoken', UNSPOKEN_BYTES),
        promptTokens: 0,
        salt: `0x${'5a'.repeat(32)}`,
      },
    ],
  });
  const [created] = await ledger.submit([
    intent(founder, datanetCreate, {
      name: 'noise',
      rules: RULES_DEFAULT,
      domain: 'none',
      licence: 'MIT',
      schema: { fields: ['text'], promptFields: 0 },
      commons: undefined,
      matchBitsFloor: 0,
      access: 'open',
      contributors: [],
      reviewers: reviewers.map(({ address }) => address),
      quorum: 2,
      bondPerByte: 10n ** 11n,
      prices: { inMin: 0n, outMin: 0n },
    }),
  ]);
  if (created === undefined) throw new Error('a result for each intent');
  const datanet = Number(eventField(created, 'datanetCreated', 'datanet'));
  const texts = ['one', 'two', 'three'].map((name) => noise(name, ITEM_BYTES));
  const prepared = prepare(texts.map((text) => ({ text, prompt: text.slice(0, 100) })));
  const committed = await commit(ledger, { owner: student, datanet, prepared });
  await ledger.submit([revealIntent(committed, openRegister()(committed))]);
  await uploadContent(ledger.writer, prepared);

  const home = join(shop.folder, 'joined');
  const genesis = join(net.ready.home, 'genesis.json');
  const made = await shop.finish('init', '--home', home, '--genesis', genesis, '--json');
  const { rpc: own } = JSON.parse(made.out) as { rpc: string };
  const node = shop.run('start', '--home', home, '--peers', p2p);
  const joined = createRpcClient(own);
  const height = await heightOf(ledger.writer);
  await eventually('it catches up', async () => (await heightOf(joined)) >= height);

  // Nobody asks it for anything: what comes, comes because the chain speaks of it.
  const { content } = homePaths(home);
  const whole = ITEM_BYTES * texts.length;
  await eventually('it holds the contribution', async () => bytesIn(content) >= whole);
  expect(bytesIn(content)).toBeLessThan(whole + UNSPOKEN_BYTES);

  net.command.kill('SIGINT');
  expect((await net.command.ended).code).toBe(0);
  expect(lives(pid)).toBe(false);
  expect(await joined.call('content_get', { root: prepared.root })).toEqual({
    type: 'contribution',
    items: prepared.itemRoots,
  });
  for (const [i, { text, promptTokens }] of prepared.rows.entries())
    expect(await joined.call('content_get', { root: toHex(prepared.itemRoots[i] ?? prepared.root) })).toEqual(
      {
        type: 'item',
        rules: RULES_DEFAULT,
        text,
        promptTokens,
        salt: prepared.salts[i] ?? prepared.salt,
      },
    );
  node.kill('SIGINT');
  expect(await node.ended).toEqual({ code: 0, signal: null });
});

test('a node that hosts nothing gets the commons of the chain, which did not come with it, from a peer', async () => {
  const prepared = prepare([{ text: noise('commons', ITEM_BYTES), prompt: '' }]);
  const { root, rows } = prepared;
  const commons = {
    root: toHex(root),
    items: 1,
    tokens: String(rows.reduce((sum, { tokens }) => sum + tokens.count, 0)),
    bytes: bytesOf(prepared).toString(),
  };
  const genesis = await genesisWith('ours', commons);
  const net = await startDevnet(shop, join(shop.folder, 'ours'), '--nodes', '1', '--genesis', genesis);
  const writer = net.client(0);
  expect(await writer.call('contribution_get', { contribution: 0 })).toMatchObject({
    stage: 'commons',
    content: { root },
  });
  await uploadContent(writer, prepared);

  const home = join(shop.folder, 'guest');
  const file = join(net.ready.home, 'genesis.json');
  const made = await shop.finish('init', '--home', home, '--genesis', file, '--json');
  const { rpc } = JSON.parse(made.out) as { rpc: string };
  writeConfig(home, { ...unwrap(readConfig(home)), content: { host: false, max_bytes: 1 << 30 } });
  const node = shop.run('start', '--home', home, '--peers', net.node(0).p2p);
  const guest = createRpcClient(rpc);
  // Nobody asks it for anything.
  await eventually('it holds the commons', async () => bytesIn(homePaths(home).content) >= ITEM_BYTES);
  net.command.kill('SIGINT');
  expect((await net.command.ended).code).toBe(0);
  expect(await guest.call('content_get', { root })).toEqual({
    type: 'contribution',
    items: prepared.itemRoots,
  });
  const [item = root] = prepared.itemRoots;
  expect(await guest.call('content_get', { root: item })).toMatchObject({
    type: 'item',
    text: rows[0]?.text,
  });
  expect(node.stderr()).toContain('the commons of this chain is not the one of this software');
  node.kill('SIGINT');
  expect(await node.ended).toEqual({ code: 0, signal: null });
});
