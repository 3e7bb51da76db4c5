/** A chain in memory that makes a block whenever one is needed, its RPC, and a Datanet of Alice's, to which programs contribute. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { startRpcServer } from '../../../rpc/server.ts';
import {
  type ContributeOptions,
  contribute,
  createRpcClient,
  createWallet,
  type JournalStore,
  memoryJournal,
  type RpcClient,
} from '../../../src/index.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Genesis } from '../../../state/genesis.ts';
import { nextContribution } from '../../../state/modules/data/contributions.ts';
import { nextDatanet } from '../../../state/modules/data/datanets.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { actor, type SmallChain, smallChain, smallGenesis } from '../rpc/small-chain.ts';

/** What programs of this user note about their contributions: nothing that other tests, or other programs here, know of. */
const home = mkdtempSync(join(tmpdir(), 'openledger-home-'));
process.env.HOME = home;
afterAll(() => rmSync(home, { recursive: true }));

export const cleo = actor('cleo');
export const dora = actor('dora');

export const words = (name: string, count = 40): string =>
  Array.from({ length: count }, (_, i) => `${name}${i}`).join(' ');
export const row = (name: string) => ({ question: `what is ${name}?`, answer: words(name) });

type Given = Partial<ContributeOptions> & Pick<ContributeOptions, 'rows'>;

/**
 * Makes a block when one is needed: once a transaction waits, and after each question how high the chain is. So a window of
 * blocks lasts as long as a program needs it, however slow the machine is. While it is off, no block is made.
 */
const sealingOf = ({ seal }: SmallChain) => {
  let isOn = true;
  let isNeeded = false;
  const make = (): void => {
    if (!isOn || !isNeeded) return;
    isNeeded = false;
    seal();
  };
  return {
    need: (): void => {
      isNeeded = true;
      setImmediate(make);
    },
    get isOn(): boolean {
      return isOn;
    },
    set isOn(value: boolean) {
      isOn = value;
      setImmediate(make);
    },
  };
};

/** Has both reviewers accept a contribution. */
export const accept = async (client: RpcClient, contribution: ContributionId): Promise<void> => {
  const quality = { authenticity: 90, ownership: 90, quality: 90, uniqueness: 90 };
  for (const { privateKey } of [alice, bob]) {
    const reviewer = await createWallet(client, privateKey);
    const payload = { contribution, quality, verdict: 'accept' as const };
    await reviewer.send('contributionReview', payload, { mode: 'commit' });
  }
};

const QUESTIONS = { fields: ['question', 'answer'], promptFields: 1 };

/**
 * Alice, Bob, Cleo and Dora have money, and Alice and Bob are the reviewers. All ends with the tests of the file.
 * @param schema - of the rows of the Datanet
 * @param change - what is different about the chain
 */
export const openStage = async (schema = QUESTIONS, change?: (genesis: Genesis) => Genesis) => {
  const genesis = smallGenesis([alice, bob, cleo, dora], change);
  const chain = smallChain(genesis);
  const sealing = sealingOf(chain);
  const node = {
    ...chain.node,
    submit: async (bytes: Uint8Array, caller: string) => {
      const submitted = await chain.node.submit(bytes, caller);
      sealing.need();
      return submitted;
    },
    status: () => {
      sealing.need();
      return chain.node.status();
    },
  };
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 100, rateLimit: undefined };
  const server = await startRpcServer({ node, logger, host: '127.0.0.1', port: 0, ...limits });
  afterAll(() => server.close());
  const client = createRpcClient(server.url);
  const wallet = await createWallet(client, alice.privateKey);
  const terms = {
    name: 'questions',
    domain: 'sums',
    rules: 2 as const,
    licence: 'MIT',
    schema,
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
  const datanet = chain.node.read(({ view }) => nextDatanet(view)) - 1;
  // Many tests stop a program, and leave commits behind that nobody can reveal.
  const give = (more: Given) => contribute({ client, wallet, datanet, withUnknownCommits: true, ...more });
  return {
    genesis,
    chain,
    sealing,
    client,
    wallet,
    datanet,
    give,
    /** Contributes rows that fit one contribution. @returns its id */
    contributed: async (options: Given): Promise<ContributionId> => {
      const [made] = await give(options);
      expect(made?.refused).toBeUndefined();
      return made?.contribution ?? expect.fail('there is a contribution');
    },
    /** The number that the next contribution gets. */
    commits: (): number => chain.node.read(({ view }) => nextContribution(view)),
    /** Contributes until something stands in the journal, and stops there. @returns the journal */
    stoppedAt: async (what: RegExp, options: Given): Promise<JournalStore> => {
      const journal = memoryJournal();
      const controller = new AbortController();
      const write = (text: string): void => {
        journal.write(text);
        if (what.test(text)) controller.abort(new Error('stopped'));
      };
      const run = give({ ...options, journal: { ...journal, write }, signal: controller.signal });
      await expect(run).rejects.toThrow('stopped');
      return journal;
    },
  };
};
