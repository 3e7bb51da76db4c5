/** When the text of a contribution is uploaded, over the RPC of a chain in memory. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RpcServer, startRpcServer } from '../../../rpc/server.ts';
import { toRpcFault } from '../../../src/client/codes.ts';
import {
  type ContributeOptions,
  contribute,
  createRpcClient,
  createWallet,
  type JournalStore,
  memoryJournal,
  type RpcClient,
  type Wallet,
} from '../../../src/index.ts';
import { ZERO_ROOT } from '../../../src/lib/brands.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import { nextContribution } from '../../../state/modules/data/contributions.ts';
import { nextDatanet } from '../../../state/modules/data/datanets.ts';

import { alice, bob, logger } from '../rpc/server.ts';
import { actor, smallChain, smallGenesis } from '../rpc/small-chain.ts';

const cleo = actor('cleo');
const chain = smallChain(smallGenesis([alice, bob, cleo]));
let server: RpcServer;
let client: RpcClient;
let wallet: Wallet;
let datanet = 0;
/** Whether blocks are made: the window to reveal is short if they come every 10 ms. */
let isSealing = true;
const timer = setInterval(() => isSealing && chain.seal(), 10);

const commits = (): number => chain.node.read(({ view }) => nextContribution(view));

const words = (name: string): string => Array.from({ length: 40 }, (_, i) => `${name}${i}`).join(' ');
const row = (name: string) => ({ question: `what is ${name}?`, answer: words(name) });

const give = (more: Partial<ContributeOptions> & Pick<ContributeOptions, 'rows'>) =>
  contribute({ client, wallet, datanet, ...more });

beforeAll(async () => {
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 100, rateLimit: undefined };
  server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port: 0, ...limits });
  client = createRpcClient(server.url);
  wallet = await createWallet(client, alice.privateKey);
  const terms = {
    name: 'questions',
    domain: 'sums',
    rules: 2 as const,
    licence: 'MIT',
    schema: { fields: ['question', 'answer'], promptFields: 1 },
    commons: undefined,
    matchBitsFloor: 0,
    access: 'open' as const,
    contributors: [],
    reviewers: [alice.address, bob.address],
    quorum: 2,
    bondPerByte: 10n ** 12n,
    prices: { inMin: 0n, outMin: 0n },
  };
  await wallet.send('datanetCreate', terms, { mode: 'commit' });
  datanet = chain.node.read(({ view }) => nextDatanet(view)) - 1;
});
afterAll(async () => {
  clearInterval(timer);
  await server.close();
});

/** Contributes until something stands in the journal, and stops there. @returns the journal */
const stoppedAt = async (
  what: RegExp,
  options: Partial<ContributeOptions> & Pick<ContributeOptions, 'rows'>,
): Promise<JournalStore> => {
  const journal = memoryJournal();
  const controller = new AbortController();
  const write = (text: string): void => {
    journal.write(text);
    if (what.test(text)) controller.abort(new Error('stopped'));
  };
  const run = give({ ...options, journal: { ...journal, write }, signal: controller.signal });
  await expect(run).rejects.toThrow('stopped');
  return journal;
};

/** A client that asks the chain about each upload, and whose node refuses some of them. */
const watched = (refusals: readonly (string | undefined)[] = []) => {
  /** How many contributions were revealed at each upload. */
  const uploads: string[] = [];
  const own: RpcClient = {
    ...client,
    call: async (method, ...params) => {
      if (method !== 'content_put') return client.call(method, ...params);
      const { total } = await client.call('contribution_listRevealed', { datanet });
      uploads.push(String(total));
      const code = refusals[uploads.length - 1];
      if (code !== undefined)
        throw new CodedError(toRpcFault(method, { code, message: `refused with ${code}` }));
      return client.call(method, ...params);
    },
  };
  return { own, uploads };
};
const revealedNow = async (): Promise<number> =>
  (await client.call('contribution_listRevealed', { datanet })).total;
/** Whether the node has the text. */
const isThere = async (contribution: number): Promise<boolean> => {
  const { content } = await client.call('contribution_get', { contribution });
  const list = await client.attempt('content_get', { root: content?.root ?? ZERO_ROOT });
  return list.ok;
};

test('a text is uploaded once its reveal is in a block, and not before', async () => {
  const { own, uploads } = watched();
  const before = await revealedNow();
  const journal = memoryJournal();
  const [made] = await give({ client: own, rows: [row('unread')], journal });
  expect(uploads.length).toBeGreaterThan(0);
  expect(new Set(uploads)).toEqual(new Set([String(before + 1)]));
  expect(await isThere(made?.contribution ?? 0)).toBe(true);
  expect(JSON.parse(journal.read() ?? '')).toMatchObject({ parts: [{ uploaded: true }] });
});

test('a text is uploaded by the next run if one was stopped between the reveal and the upload', async () => {
  const rows = [row('cutshort')];
  const { own, uploads } = watched();
  const journal = await stoppedAt(/"revealed":"0x/, { client: own, rows });
  expect(uploads).toEqual([]);
  const { parts } = JSON.parse(journal.read() ?? '') as {
    readonly parts: readonly { readonly contribution: number; readonly uploaded: boolean }[];
  };
  expect(parts).toMatchObject([{ uploaded: false }]);
  const contribution = parts[0]?.contribution ?? 0;
  expect(await isThere(contribution)).toBe(false);
  const [before, revealed] = [commits(), await revealedNow()];
  const said: string[] = [];
  const [made] = await give({ client: own, rows, journal, progress: (text) => said.push(text) });
  expect(made).toMatchObject({ contribution, refused: undefined });
  expect(said).toContain(`uploading the text of contribution ${contribution}`);
  expect(await isThere(contribution)).toBe(true);
  expect([commits(), await revealedNow()]).toEqual([before, revealed]);
  // A third run finds nothing left to do.
  const { length } = uploads;
  await give({ client: own, rows, journal });
  expect(uploads).toHaveLength(length);
});

test('a text is uploaded again and again to a node that has no room for it yet, and keeps no other from its reveal', async () => {
  const { own } = watched(['CONTENT_FULL', 'CODE_OF_TOMORROW']);
  const said: string[] = [];
  const made = await give({
    client: own,
    rows: [row('roomless'), row('roomlesstoo')],
    itemsMax: 1,
    progress: (text) => said.push(text),
  });
  for (const { contribution = 0 } of made) expect(await isThere(contribution)).toBe(true);
  expect(said.join('\n')).toMatch(/is not uploaded yet: CONTENT_FULL: .*; trying again in 1 s/);
});

test('a text that the node takes for another ends the run once everything is revealed, and can be given to another node', async () => {
  const { own } = watched(['CONTENT_ROOT']);
  const rows = [row('mistaken'), row('mistakentoo')];
  const journal = memoryJournal();
  const stopped = give({ client: own, rows, itemsMax: 1, journal });
  await expect(stopped).rejects.toMatchObject({
    code: 'CONTENT_ROOT',
    message: expect.stringContaining(
      'is revealed, and nobody can accept it before its text is uploaded',
    ) as unknown,
  });
  const { parts } = JSON.parse(journal.read() ?? '') as { readonly parts: readonly object[] };
  const revealed = expect.stringMatching(/^0x/) as unknown;
  expect(parts).toMatchObject([
    { revealed, uploaded: false },
    { revealed, uploaded: true },
  ]);
  const made = await give({ rows, itemsMax: 1, journal });
  for (const { contribution = 0 } of made) expect(await isThere(contribution)).toBe(true);
});

test('whoever declares waits a short time for texts of others that were revealed just now', async () => {
  const owner = await createWallet(client, cleo.privateKey);
  const others = await stoppedAt(/"revealed":"0x/, { wallet: owner, rows: [row('justnow')] });
  const said: string[] = [];
  let arrived: Promise<unknown> | undefined;
  const copy = { question: 'what?', answer: `${words('justnow')} and what only I say` };
  const [made] = await give({
    rows: [copy],
    progress: (text) => {
      said.push(text);
      if (arrived !== undefined || !text.includes('wait for texts')) return;
      isSealing = false;
      arrived = give({ wallet: owner, rows: [row('justnow')], journal: others }).finally(() => {
        isSealing = true;
      });
    },
  });
  await arrived;
  expect(said.join('\n')).toMatch(
    /wait for texts .*: CONTRIBUTE_TEXT_MISSING: .* not with this node yet; trying/,
  );
  const contribution = made?.contribution ?? 0;
  expect((await client.call('contribution_getDeclaration', { contribution })).copied.length).toBeGreaterThan(
    0,
  );
});
