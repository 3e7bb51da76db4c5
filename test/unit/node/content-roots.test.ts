import { describe, expect, test } from 'vitest';
import { createContentRoots } from '../../../node/content-roots.ts';
import { type Root, toHeight, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import type { ExecutedBlock } from '../../../state/machine.ts';
import { getReceipt } from '../../../state/queries/receipts.ts';
import type { VerifiedTransaction } from '../../../state/tx/transaction.ts';
import { register } from '../state/economy/calibration-scenes.ts';
import { deposit, everyone, receiptBody, registerModel, sendReceipts } from '../state/economy/scenes.ts';
import { World } from '../state/economy/world.ts';
import { openChain } from './one-chain.ts';
import { block, COMMONS, CONTENT, commit, datanet, reveal } from './reveal-scene.ts';
import { flat, temporaryFolder } from './support.ts';

const NOTHING_HERE = async (roots: readonly Root[]): Promise<readonly boolean[]> => roots.map(() => false);
const rootsOf = (store: Parameters<typeof createContentRoots>[0]): Promise<readonly Root[]> =>
  flat(createContentRoots(store, NOTHING_HERE)());

/** A world that keeps what a store would show of its blocks. */
class KeptWorld extends World {
  readonly #transactions = new Map<bigint, readonly Uint8Array[]>();
  readonly #results = new Map<bigint, ExecutedBlock['results']>();

  protected override execute(transactions: readonly VerifiedTransaction[]): ExecutedBlock {
    const executed = super.execute(transactions);
    this.#transactions.set(
      this.height,
      transactions.map(({ bytes }) => bytes),
    );
    this.#results.set(this.height, executed.results);
    return executed;
  }

  /** What a store would show of its blocks. @param onRead - called with each height whose block is read */
  naming(onRead: (height: bigint) => void = () => undefined): Parameters<typeof createContentRoots>[0] {
    return {
      view: this.view,
      tip: () => ({ height: this.height, params: this.params }),
      block: (at) => {
        onRead(at);
        return { transactions: this.#transactions.get(at) ?? [] };
      },
      results: (at) => this.#results.get(at) ?? [],
    };
  }

  /** The roots of all content that the chain names now. */
  roots(): Promise<readonly Root[]> {
    return rootsOf(this.naming());
  }
}

describe('the texts of a receipt', () => {
  // A time to settle of 8 blocks, and two windows of one block. No version is drawn here.
  const times = { epochBlocks: 1, settleEpochs: 8, challengeWindow: 1, answerWindow: 1, drawDelay: 1_000 };
  const made = () => {
    const world = new KeptWorld(everyone, (params) => ({
      ...params,
      attribution: { ...params.attribution, ...times },
    }));
    deposit(world, 10n ** 9n);
    const pending = register(world, []);
    return { world, pending, calibrated: registerModel(world, []) };
  };
  const textsOf = (world: KeptWorld, batch: Root) => {
    const receipt = getReceipt(world.view, { batch, index: 0 });
    return toHex(receipt?.texts ?? ZERO_ROOT);
  };

  test('are needed until its settlement can neither be challenged nor demanded any more', async () => {
    const { world, calibrated } = made();
    const batch = sendReceipts(world, calibrated, [receiptBody('a')]);
    world.until(world.height + 10n);
    expect((await world.roots()).map(toHex)).toEqual([textsOf(world, batch)]);
    world.block();
    expect(await world.roots()).toEqual([]);
  });

  test('are looked for in each block once, and again only while they are not here', async () => {
    const { world, calibrated } = made();
    const here = new Set<string>();
    const read: bigint[] = [];
    const contentRoots = createContentRoots(
      world.naming((height) => read.push(height)),
      async (roots) => roots.map((root) => here.has(toHex(root))),
    );
    const look = async () => {
      read.length = 0;
      return (await flat(contentRoots())).map(toHex);
    };
    const texts = textsOf(world, sendReceipts(world, calibrated, [receiptBody('a')]));
    const at = world.height;
    world.until(at + 4n);
    expect(await look()).toEqual([texts]);
    expect(read).toContain(1n);
    expect(await look()).toEqual([texts]);
    expect(read).toEqual([at]);
    here.add(texts);
    world.block();
    expect(await look()).toEqual([]);
    expect(read).toEqual([at, world.height]);
    expect(await look()).toEqual([]);
    expect(read).toEqual([]);
  });

  test('are looked for no more once nobody needs them, though they never came', async () => {
    const { world, calibrated } = made();
    const read: bigint[] = [];
    const contentRoots = createContentRoots(
      world.naming((height) => read.push(height)),
      NOTHING_HERE,
    );
    sendReceipts(world, calibrated, [receiptBody('a')]);
    const at = world.height;
    expect(await flat(contentRoots())).toHaveLength(1);
    world.until(at + 11n);
    read.length = 0;
    expect(await flat(contentRoots())).toEqual([]);
    expect(read).not.toContain(at);
  });

  test('are needed for as long as its version is not calibrated, each once', async () => {
    const { world, pending, calibrated } = made();
    const batch = sendReceipts(world, pending, [
      receiptBody('a'),
      receiptBody('b', { visibility: 'private' }),
    ]);
    sendReceipts(world, calibrated, [receiptBody('c')]);
    expect(await world.roots()).toHaveLength(2);
    world.until(world.height + 100n);
    expect((await world.roots()).map(toHex)).toEqual([textsOf(world, batch)]);
  });
});

describe('the content that a chain speaks of', () => {
  test('comes with a Datanet’s commons and with each reveal, and not with a commit', async () => {
    const chain = await openChain(temporaryFolder());
    expect(await block(chain, ['datanetCreate', datanet()])).toEqual([toHex(COMMONS)]);
    expect(await block(chain, ['contributionCommit', commit()])).toEqual([]);
    expect((await rootsOf(chain.store)).map(toHex)).not.toContain(toHex(CONTENT));
    expect(await block(chain, ['dataContribution', reveal(2)])).toEqual([toHex(CONTENT)]);
    expect(await block(chain)).toEqual([]);
    expect(new Set((await rootsOf(chain.store)).map(toHex))).toEqual(
      new Set([toHex(COMMONS), toHex(CONTENT)]),
    );
  });

  test('is none that a failed transaction named', async () => {
    const chain = await openChain(temporaryFolder());
    await block(chain, ['datanetCreate', datanet()]);
    expect(await block(chain, ['dataContribution', reveal(7)])).toEqual([]);
    expect(chain.store.results(toHeight(2n))).toMatchObject([{ status: 'failed' }]);
    expect((await rootsOf(chain.store)).map(toHex)).not.toContain(toHex(CONTENT));
  });

  test('is the same after a restart', async () => {
    const directory = temporaryFolder();
    const chain = await openChain(directory);
    await block(chain, ['datanetCreate', datanet()], ['contributionCommit', commit()]);
    await block(chain, ['dataContribution', reveal(2)]);
    const before = (await rootsOf(chain.store)).map(toHex);
    await chain.store.close();
    const again = await openChain(directory);
    expect((await rootsOf(again.store)).map(toHex)).toEqual(before);
    expect(before).toContain(toHex(CONTENT));
  });
});
