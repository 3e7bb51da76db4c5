import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { afterEach, describe, expect, test } from 'vitest';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { BlockType, CommitType, encodeBlock, HeaderType } from '../../../src/lib/chain.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { numberEvents } from '../../../state/events/block-events.ts';
import { genesisState } from '../../../state/genesis.ts';
import { accountKey, accountOf } from '../../../state/modules/ledger/accounts.ts';
import { openState, readRoot } from '../../../state/store/committed-state.ts';
import { openDatabase } from '../../../state/store/database.ts';
import { FORMAT_KEY, STATE_FORMAT, StateFormatType } from '../../../state/store/layout.ts';
import { openStore } from '../../../state/store/store.ts';
import { keyText } from '../../../state/view.ts';
import { addressOf, chainOf, genesisOf, type Ran, type TestChain } from './fixture.ts';
import { memoryDatabase } from './memory-database.ts';

const homes: string[] = [];
const home = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'openledger-store-'));
  homes.push(directory);
  return directory;
};
afterEach(() => {
  for (const directory of homes.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const transfer = (chain: TestChain, to: string, options = {}): Uint8Array =>
  chain.sign('ada', 'transfer', { to: toHex(addressOf(to)), amount: '1000' }, options).bytes;

/** The code and message that `run` throws. */
const thrown = async (run: () => Promise<unknown>): Promise<CodedError> => {
  try {
    await run();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

/** A chain and the store that follows it. */
const grown = async (blocks: number, directory = home()) => {
  const chain = chainOf();
  const store = await openStore(directory, chain.genesis);
  const ran: Ran[] = [];
  for (let i = 0; i < blocks; i++) {
    const block = chain.run([transfer(chain, `someone ${i}`), transfer(chain, 'bob')]);
    ran.push(block);
    await store.commit(block);
  }
  return { chain, store, directory, ran };
};

const raw = async <T>(
  directory: string,
  use: (level: Level<string, Uint8Array>) => Promise<T>,
): Promise<T> => {
  const level = new Level<string, Uint8Array>(directory, { valueEncoding: 'view' });
  await level.open();
  try {
    return await use(level);
  } finally {
    await level.close();
  }
};
const keysWith = (directory: string, prefix: string): Promise<string[]> =>
  raw(directory, (level) => level.keys({ gte: prefix, lt: `${prefix}\uffff` }).all());

describe('a store', () => {
  test('begins with genesis at height 0', async () => {
    const { chain, store } = await grown(0);
    expect(store.tip()).toEqual(chain.tip());
    expect(store.head()).toEqual({ height: 0n, stateRoot: chain.tip().stateRoot });
    expect(store.validators(toHeight(1n))).toEqual(chain.tip().validators);
    expect(accountOf(store.view, addressOf('ada'))).toEqual(accountOf(chain.state, addressOf('ada')));
    expect(store.block(toHeight(1n))).toBeUndefined();
    await store.close();
  });

  test('has after each height the values, and the root that the set of its keys has, computed without a tree', async () => {
    const chain = chainOf();
    const store = await openStore(home(), chain.genesis);
    for (let i = 0; i < 6; i++) {
      await store.commit(chain.run([transfer(chain, `someone ${i}`)]));
      for (const name of ['ada', `someone ${i}`, `someone ${i + 1}`])
        expect(accountOf(store.view, addressOf(name))).toEqual(accountOf(chain.state, addressOf(name)));
      expect(store.tip()).toEqual(chain.tip());
      expect(toHex(store.head().stateRoot)).toBe(toHex(chain.tip().stateRoot));
    }
    await store.close();
  });

  test('goes on after it was closed exactly where it stopped', async () => {
    const { chain, store, directory } = await grown(3);
    await store.close();
    const again = await openStore(directory, chain.genesis);
    expect(again.tip()).toEqual(chain.tip());
    await again.commit(chain.run([transfer(chain, 'bob')]));
    expect(again.tip()).toEqual(chain.tip());
    expect(accountOf(again.view, addressOf('bob'))).toEqual(accountOf(chain.state, addressOf('bob')));
    await again.close();
  });

  test('gives back what it was given: block, header, commit, results, events, transactions, validators', async () => {
    const { chain, store, ran } = await grown(2);
    for (const { block, bytes, commit, executed, transactions } of ran) {
      const { height } = block.header;
      const found = store.block(height);
      expect(found && toHex(BlockType.encode(found))).toBe(toHex(BlockType.encode(block)));
      expect(toHex(store.blockBytes(height) ?? new Uint8Array())).toBe(toHex(bytes));
      const header = store.header(height);
      expect(header && toHex(HeaderType.root(header))).toBe(toHex(HeaderType.root(block.header)));
      const decided = store.commitOf(height);
      expect(decided && toHex(CommitType.root(decided))).toBe(toHex(CommitType.root(commit)));
      expect(store.results(height)).toEqual(executed.results);
      const events = await store.history.events({
        terms: [],
        from: { height, index: 0 },
        to: height,
        limit: 1_000,
      });
      expect(events.events).toMatchObject(numberEvents(executed.events));
      for (const [index, tx] of transactions.entries())
        expect(store.transaction(tx.id)).toMatchObject({ height, index, result: executed.results[index] });
      expect(store.validators(height)).toEqual(chain.tip().validators);
    }
    expect(store.validators(toHeight(4n))).toEqual(chain.tip().nextValidators);
    expect(store.validators(toHeight(5n))).toBeUndefined();
    expect(store.header(toHeight(3n))).toBeUndefined();
    await store.close();
  });

  test('keeps failures with their code, message and fields', async () => {
    const chain = chainOf();
    const store = await openStore(home(), chain.genesis);
    const { executed, transactions, block } = chain.run([
      chain.sign('ada', 'transfer', { to: toHex(addressOf('bob')), amount: `1${'0'.repeat(26)}` }).bytes,
    ]);
    await store.commit({ ...encodeBlock(block), executed, transactions, commit: block.lastCommit });
    const [failed] = transactions;
    if (failed === undefined) throw new Error('the block has a transaction');
    expect(store.transaction(failed.id)?.result).toMatchObject({
      status: 'failed',
      fault: { code: 'BALANCE_TOO_LOW', data: { needed: `1${'0'.repeat(26)}` } },
    });
    await store.close();
  });

  test('takes a height it has once more without a change, and refuses another block for it, or a gap', async () => {
    const { chain, store, ran } = await grown(2);
    const [first] = ran;
    if (first === undefined) throw new Error('two blocks were committed');
    const before = store.tip();
    await store.commit(first);
    expect(store.tip()).toEqual(before);

    const other = chainOf();
    expect((await thrown(() => store.commit(other.run([])))).code).toBe('STORE_CONFLICT');
    chain.run([]);
    expect((await thrown(() => store.commit(chain.run([])))).code).toBe('STORE_GAP');
    await store.close();
  });

  test('refuses a block that was decided on another state or other results, naming the height', async () => {
    const { chain, store } = await grown(2);
    const tip = store.tip();
    const ran = chain.run([]);
    for (const field of ['stateRoot', 'resultsRoot'] as const) {
      const header = { ...ran.block.header, [field]: sha256(ran.block.header[field]) };
      const error = await thrown(() => store.commit({ ...ran, block: { ...ran.block, header } }));
      expect(error.code).toBe('STATE_DIVERGED');
      expect(error.message).toContain('after height 2');
    }
    const orphan = { ...ran.block.header, parent: sha256(tip.hash) };
    const error = await thrown(() => store.commit({ ...ran, block: { ...ran.block, header: orphan } }));
    expect(error.code).toBe('STORE_CONFLICT');
    expect(store.tip()).toEqual(tip);
    await store.commit(ran);
    await store.close();
  });

  test('keeps tree nodes of every version, and lists those that a height made stale', async () => {
    const { store, directory } = await grown(3);
    await store.close();
    const stale = await raw(directory, (level) => level.get('stale/0000000000000003'));
    const lines = new TextDecoder().decode(stale).split('\n');
    expect(lines).toContain('node/0000000000000002/');
    const nodes = await keysWith(directory, 'node/');
    for (const line of lines) expect(nodes).toContain(line);
    expect(await keysWith(directory, 'root/')).toHaveLength(4);
  });
});

describe('opening a home', () => {
  test('that another process or store has open fails with HOME_IN_USE, and the first goes on', async () => {
    const { chain, store, directory } = await grown(1);
    const error = await thrown(() => openStore(directory, chain.genesis));
    expect(error.code).toBe('HOME_IN_USE');
    expect(error.message).toContain(directory);
    await store.commit(chain.run([]));
    await store.close();
  });

  test('of another chain fails with HOME_OTHER_CHAIN, and leaves it unlocked and unchanged', async () => {
    const { chain, store, directory } = await grown(1);
    await store.close();
    const other = genesisOf((g) => ({ ...g, name: 'other' }));
    expect((await thrown(() => openStore(directory, other))).code).toBe('HOME_OTHER_CHAIN');
    const again = await openStore(directory, chain.genesis);
    expect(again.tip()).toEqual(chain.tip());
    await again.close();
  });

  test.each<[string, Uint8Array | undefined]>([
    ['with another number', StateFormatType.encode(STATE_FORMAT + 1)],
    ['without a number', undefined],
  ])('of another format fails with HOME_FORMAT, whatever its genesis: %s', async (_, number) => {
    const { chain, store, directory } = await grown(1);
    await store.close();
    await raw(directory, (level) =>
      number === undefined ? level.del(FORMAT_KEY) : level.put(FORMAT_KEY, number),
    );
    const other = genesisOf((g) => ({ ...g, name: 'other' }));
    for (const genesis of [chain.genesis, other]) {
      const error = await thrown(() => openStore(directory, genesis));
      expect(error.code).toBe('HOME_FORMAT');
      expect(error.message).toContain('make a new home');
    }
  });

  test('whose database is damaged fails with STORE_CORRUPT', async () => {
    const { chain, store, directory } = await grown(1);
    await store.close();
    for (const file of readdirSync(directory))
      if (file.startsWith('MANIFEST')) writeFileSync(join(directory, file), 'no manifest');
    expect((await thrown(() => openStore(directory, chain.genesis))).code).toBe('STORE_CORRUPT');
  });

  test('where there is a file instead fails with STORE_OPEN', async () => {
    const directory = join(home(), 'file');
    mkdirSync(join(directory, '..'), { recursive: true });
    writeFileSync(directory, 'not a directory');
    expect((await thrown(() => openStore(directory, genesisOf()))).code).toBe('STORE_OPEN');
  });

  test.each(['tip', 'root/0000000000000002'])(
    'whose record %s is gone fails with STORE_CORRUPT',
    async (key) => {
      const { chain, store, directory } = await grown(2);
      await store.close();
      await raw(directory, (level) => level.del(key));
      expect((await thrown(() => openStore(directory, chain.genesis))).code).toBe('STORE_CORRUPT');
    },
  );
});

describe('a database that is closed', () => {
  test('can neither be read nor written, and each has its code', async () => {
    const database = await openDatabase(home());
    await database.close();
    expect((await thrown(async () => database.get('tip'))).code).toBe('STORE_READ');
    expect((await thrown(() => database.write([{ key: 'tip', value: undefined }]))).code).toBe('STORE_WRITE');
  });
});

describe('a home altered while its node was stopped', () => {
  test('does not open again, whichever flat value it was, and the error names height and key', async () => {
    const { chain, store, directory } = await grown(2);
    await store.close();
    const keys = await keysWith(directory, 'state/');
    expect(keys.length).toBeGreaterThan(10);
    for (const key of keys) {
      const good = await raw(directory, async (level) => {
        const value = await level.get(key);
        if (value === undefined) throw new Error('a listed key has a value');
        await level.put(key, value.with(0, (value[0] ?? 0) ^ 1));
        return value;
      });
      const error = await thrown(() => openStore(directory, chain.genesis));
      expect(error.code).toBe('STATE_CORRUPT');
      expect(error.fault.data).toMatchObject({ height: '2', key: keyText(key.slice('state/'.length)) });
      expect(error.message).toContain('height 2');
      await raw(directory, (level) => level.put(key, good));
    }
    await (await openStore(directory, chain.genesis)).close();
  });

  test('names the height that wrote the altered value', async () => {
    const { chain, store, directory } = await grown(3);
    await store.close();
    const touched = `state/${accountKey(addressOf('someone 1'))}`;
    await raw(directory, (level) => level.put(touched, new Uint8Array(24)));
    const error = await thrown(() => openStore(directory, chain.genesis));
    expect(error.fault.data).toMatchObject({ height: '3', version: '2' });
  });

  test('does not open with a value missing, nor with one too many', async () => {
    const { chain, store, directory } = await grown(1);
    await store.close();
    const key = `state/${accountKey(addressOf('dan'))}`;
    const good = await raw(directory, async (level) => {
      const value = await level.get(key);
      await level.del(key);
      return value;
    });
    const missing = await thrown(() => openStore(directory, chain.genesis));
    expect(missing.code).toBe('STATE_CORRUPT');
    expect(missing.message).toContain('missing');
    await raw(directory, async (level) => {
      await level.put(key, good ?? new Uint8Array());
      await level.put('state/accounts/forged', new Uint8Array(24));
    });
    const forged = await thrown(() => openStore(directory, chain.genesis));
    expect(forged.code).toBe('STATE_CORRUPT');
    expect(forged.fault.data).toEqual({ height: '1', key: 'accounts/forged' });
  });

  test('does not open with another root than its values have', async () => {
    const { chain, store, directory } = await grown(2);
    await store.close();
    await raw(directory, async (level) => {
      const earlier = await level.get('root/0000000000000001');
      await level.put('root/0000000000000002', earlier ?? new Uint8Array());
    });
    expect((await thrown(() => openStore(directory, chain.genesis))).code).toBe('STATE_CORRUPT');
  });
});

describe('a value read while a node runs', () => {
  /** The state over a database in memory, altered behind its back before the first read. */
  const altered = (change: (data: Map<string, Uint8Array>) => void) => {
    const data = new Map<string, Uint8Array>();
    const database = memoryDatabase(data);
    const { puts } = openState(database, toHeight(0n), undefined).prepare(
      toHeight(0n),
      genesisState(genesisOf()),
    );
    for (const { key, value } of puts) if (value !== undefined) data.set(key, value);
    const root = readRoot(database, toHeight(0n));
    change(data);
    return openState(database, toHeight(0n), root);
  };
  const key = accountKey(addressOf('ada'));
  const reading = (state: ReturnType<typeof altered>) => () => state.view.get(key);

  test('is given if the tree has its hash, and so is the absence of one', () => {
    const state = altered(() => {});
    expect(accountOf(state.view, addressOf('ada')).balance).toBeGreaterThan(0n);
    expect(state.view.get('accounts/nobody')).toBeUndefined();
  });

  test('is refused if it was altered or removed, or if there should be none', () => {
    expect(reading(altered((data) => data.set(`state/${key}`, new Uint8Array(24))))).toThrow(
      /height 0.*altered/,
    );
    expect(reading(altered((data) => data.delete(`state/${key}`)))).toThrow(/height 0.*missing/);
    const forged = altered((data) => data.set('state/accounts/nobody', new Uint8Array(24)));
    expect(() => forged.view.get('accounts/nobody')).toThrow(/no height wrote it/);
  });

  test('is refused if the tree above it was altered or cut', () => {
    const nodes = (data: Map<string, Uint8Array>): string[] =>
      [...data.keys()].filter((k) => k.startsWith('node/'));
    const cut = altered((data) => {
      for (const name of nodes(data)) data.delete(name);
    });
    expect(reading(cut)).toThrow(/missing/);
    const swapped = altered((data) => {
      for (const name of nodes(data)) data.set(name, (data.get(name) ?? new Uint8Array()).with(20, 99));
    });
    expect(reading(swapped)).toThrow(/altered/);
  });
});
