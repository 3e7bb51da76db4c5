import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Root } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { TransactionType } from '../../../../state/tx/transaction.ts';
import { addressOf, genesisOf, keyOf, NAMES } from '../../state/fixture.ts';
import { largeContribution } from '../../state/large-contribution.ts';
import { type OneChain, openChain } from '../one-chain.ts';
import { codeOf, temporaryFolder } from '../support.ts';

const open = (): Promise<OneChain> => openChain(temporaryFolder());

/** What becomes of a transaction that a user sends: the code of its refusal, or ok. */
const admission = async (chain: OneChain, bytes: Uint8Array): Promise<string> => {
  const submitted = await chain.pool.submit(bytes, '127.0.0.1');
  return submitted.ok ? codeOf(submitted.value.admitted) : submitted.fault.code;
};

const signedOnceMore = (digest: Uint8Array, privateKey: Uint8Array): Uint8Array => {
  const options = {
    prehash: false,
    format: 'recovered',
    lowS: true,
    extraEntropy: new Uint8Array(32).fill(7),
  } as const;
  const recovered = secp256k1.sign(digest, privateKey, options);
  return Uint8Array.from([...recovered.subarray(1), 27 + (recovered[0] ?? 0)]);
};

const dear = (chain: OneChain, sender: string, nonce: bigint, datanet: number): Uint8Array =>
  chain.sign(sender, 'dataContribution', largeContribution({ datanet }), { nonce }).bytes;

const forged = (bytes: Uint8Array): Uint8Array => {
  const changed = Uint8Array.from(bytes);
  changed[changed.length - 10] = (changed[changed.length - 10] ?? 0) ^ 1;
  return changed;
};

describe('what a user sends', () => {
  test('is kept, gossiped and waited for, once', async () => {
    const chain = await open();
    const { id, bytes } = chain.transfer('ada', 0n);
    expect(await admission(chain, bytes)).toBe('ok');
    expect(await admission(chain, bytes)).toBe('ok');
    expect(chain.gossiped).toEqual([bytes]);
    expect(chain.called()).toBe(1);
    expect(chain.mempool.size().transactions).toBe(1);
    expect(chain.pool.state(id)).toEqual({ status: 'pending' });
  });

  test('is refused with the reason where it cannot be executed', async () => {
    const chain = await open();
    await admission(chain, chain.transfer('ada', 0n).bytes);
    await chain.next();
    const refused: readonly (readonly [tx: { id: Root; bytes: Uint8Array }, code: string])[] = [
      [chain.transfer('ada', 0n, { tip: 1n }), 'NONCE_TOO_LOW'],
      [chain.transfer('ada', 5_000n), 'NONCE_TOO_HIGH'],
      [chain.transfer('ada', 1n, { validUntil: 1n }), 'TX_EXPIRED'],
      [chain.transfer('nobody', 0n), 'BALANCE_BELOW_MAX_FEE'],
      [chain.transfer('ada', 1n, { maxFee: 1n }), 'MAX_FEE_TOO_LOW'],
      [chain.transfer('ada', 100n), 'MEMPOOL_NONCE_GAP'],
    ];
    for (const [{ id, bytes }, code] of refused) {
      expect(await admission(chain, bytes)).toBe(code);
      // Only one that may have been sent before is checked whole, and is known by its id.
      const known =
        code === 'NONCE_TOO_LOW' ? { status: 'rejected', fault: { code } } : { status: 'unknown' };
      expect(chain.pool.state(id)).toMatchObject(known);
    }
    expect(chain.gossiped).toHaveLength(1);
  });

  test('is refused where it could wait for longer than 10,000 blocks', async () => {
    const chain = await open();
    const late = chain.transfer('ada', 0n, { validUntil: 10_002n });
    expect(await admission(chain, late.bytes)).toBe('MEMPOOL_VALID_UNTIL');
    expect(await chain.pool.receive([late.bytes], 'peer')).toBe('ignore');
    await chain.next();
    expect(await admission(chain, late.bytes)).toBe('ok');
  });

  test('is refused and not remembered where its signature is wrong: the id may be another’s', async () => {
    const chain = await open();
    const { id, bytes } = chain.transfer('ada', 0n);
    expect(await admission(chain, forged(bytes))).toMatch(/^SIGNATURE_/);
    expect(chain.pool.state(id)).toEqual({ status: 'unknown' });
    expect(await admission(chain, bytes)).toBe('ok');
  });

  test('signed for another chain is refused', async () => {
    const chain = await open();
    const one = (change: object) =>
      openChain(
        temporaryFolder(),
        genesisOf((each) => ({ ...each, ...change, validators: each.validators.slice(0, 1) })),
      );
    const otherGenesis = await one({ name: 'other' });
    const otherId = await one({ chainId: 99n });
    for (const other of [otherGenesis, otherId])
      expect(await admission(chain, other.transfer('ada', 0n).bytes)).toBe('SIGNATURE_SIGNER');
  });

  test('that is in a block already is neither gossiped nor kept again', async () => {
    const chain = await open();
    const { id, bytes } = chain.transfer('ada', 0n);
    await admission(chain, bytes);
    await chain.next();
    expect(await admission(chain, bytes)).toBe('ok');
    expect(chain.gossiped).toHaveLength(1);
    expect(chain.mempool.size().transactions).toBe(0);
    expect(chain.pool.state(id)).toMatchObject({ status: 'included', row: { height: 1n, index: 0 } });
  });

  test('with another signature of the same sender is the same transaction, as long as it waits', async () => {
    const chain = await open();
    const { id, bytes } = chain.transfer('ada', 0n);
    await admission(chain, bytes);
    // r ‖ s with another nonce of ECDSA.
    const again = TransactionType.encode({
      ...unwrap(TransactionType.decode(bytes)),
      signature: signedOnceMore(id, keyOf('ada')),
    });
    expect(again).not.toEqual(bytes);
    expect(await chain.pool.submit(again, '127.0.0.1')).toMatchObject({
      ok: true,
      value: { id, known: true },
    });
  });

  test('that was refused once may be taken in later', async () => {
    const chain = await openChain(temporaryFolder(), undefined, {
      maxTransactions: 1,
      maxBytes: 1 << 20,
      maxPerSender: 10,
    });
    await admission(chain, chain.transfer('bob', 0n).bytes);
    const { id, bytes } = chain.transfer('ada', 0n);
    expect(await admission(chain, bytes)).toBe('MEMPOOL_FULL');
    await chain.next();
    expect(await admission(chain, bytes)).toBe('ok');
    expect(chain.pool.state(id)).toEqual({ status: 'pending' });
  });
});

test('a transaction of a user that no block has included for five blocks is announced again', async () => {
  const chain = await open();
  // Its turn does not come: the nonce before it is missing.
  const waiting = chain.transfer('ada', 1n);
  await admission(chain, waiting.bytes);
  // Of a peer's own, the peer tells; of what is in a block, nobody needs to.
  await chain.pool.receive([chain.transfer('cleo', 1n).bytes], 'peer');
  await admission(chain, chain.transfer('dan', 0n).bytes);
  chain.gossiped.length = 0;
  for (let height = 1; height <= 4; height++) await chain.next();
  expect(chain.gossiped).toEqual([]);
  await chain.next();
  expect(chain.gossiped).toEqual([waiting.bytes]);
  for (let height = 6; height <= 9; height++) await chain.next();
  expect(chain.gossiped).toHaveLength(1);
  await chain.next();
  expect(chain.gossiped).toEqual([waiting.bytes, waiting.bytes]);
  await admission(chain, chain.transfer('ada', 0n).bytes);
  await chain.next();
  chain.gossiped.length = 0;
  for (let height = 0; height < 6; height++) await chain.next();
  expect(chain.gossiped).toEqual([]);
});

describe('what a peer sends', () => {
  test('is passed on if all of it was checked and taken in', async () => {
    const chain = await open();
    const batch = [chain.transfer('ada', 0n).bytes, chain.transfer('bob', 0n).bytes];
    expect(await chain.pool.receive(batch, 'peer')).toBe('accept');
    expect(chain.mempool.size().transactions).toBe(2);
    expect(chain.gossiped).toEqual([]);
  });

  test('is not passed on if anything in it was not taken in: what was is announced in a batch of this node', async () => {
    const chain = await open();
    const [ada, bob] = [chain.transfer('ada', 0n).bytes, chain.transfer('bob', 0n).bytes];
    const unfunded = chain.transfer('nobody', 0n).bytes;
    expect(await chain.pool.receive([ada, unfunded, bob], 'peer')).toBe('ignore');
    expect(chain.mempool.size().transactions).toBe(2);
    expect(chain.gossiped).toEqual([ada, bob]);
  });

  test('is announced in a batch of this node as far as it was taken in before something bad', async () => {
    const chain = await open();
    const good = chain.transfer('ada', 0n).bytes;
    const unfunded = Array.from({ length: 31 }, () => chain.transfer('nobody', 0n).bytes);
    expect(await chain.pool.receive([good, ...unfunded, new Uint8Array(8)], 'peer')).toBe('reject');
    expect(chain.gossiped).toEqual([good]);
  });

  test('is not passed on if all of it waits here already, in whatever order it comes', async () => {
    const chain = await open();
    const [one, other] = [chain.transfer('ada', 0n).bytes, chain.transfer('bob', 0n).bytes];
    expect(await chain.pool.receive([one, other], 'peer')).toBe('accept');
    for (const again of [[one, other], [other, one], [one], [one, one]])
      expect(await chain.pool.receive(again, 'peer')).toBe('ignore');
    expect(chain.gossiped).toEqual([]);
    const another = chain.transfer('ada', 1n).bytes;
    expect(await chain.pool.receive([one, another], 'peer')).toBe('ignore');
    expect(chain.gossiped).toEqual([another]);
  });

  test('is not passed on, and nobody’s fault, if only this state refuses it', async () => {
    const chain = await open();
    await admission(chain, chain.transfer('ada', 0n).bytes);
    await chain.next();
    const stale = chain.transfer('ada', 0n, { tip: 1n });
    expect(await chain.pool.receive([stale.bytes], 'peer')).toBe('ignore');
    expect(chain.pool.state(stale.id)).toEqual({ status: 'unknown' });
    expect(await chain.pool.receive([], 'peer')).toBe('ignore');
  });

  test('is not charged to the peer if its sender has signed another one with the nonce, though both came at once', async () => {
    const chain = await openChain(temporaryFolder(), undefined, {
      maxTransactions: 1_000,
      maxBytes: 1 << 30,
      maxPerSender: 100,
    });
    // Both are dear to check, and neither is here before the other.
    const pairs = NAMES.flatMap((sender) =>
      Array.from({ length: 8 }, (_, nonce) =>
        [1, 2].map((datanet) => dear(chain, sender, BigInt(nonce), datanet)),
      ),
    );
    for (const pair of pairs) expect(await chain.pool.receive(pair, 'honest')).toBe('ignore');
    expect(chain.mempool.size().transactions).toBe(pairs.length);
    // Its ration has no room for that many checks in vain, and has room for two more now.
    const units = pairs.reduce((sum, [bytes]) => sum + (bytes?.length ?? 0), 0);
    expect(units).toBeGreaterThan(4 << 20);
    const good = ['ada', 'bob'].map((sender) => dear(chain, sender, 8n, 1));
    expect(await chain.pool.receive(good, 'honest')).toBe('accept');
  });

  test('is rejected whole if anything in it is what no honest node passes on', async () => {
    for (const bad of [new Uint8Array(), new Uint8Array(50), 'forged'] as const) {
      const chain = await open();
      const bytes = bad === 'forged' ? forged(chain.transfer('bob', 0n).bytes) : bad;
      expect(await chain.pool.receive([chain.transfer('ada', 0n).bytes, bytes], 'peer')).toBe('reject');
    }
  });
});

describe('law: what a node passes on or announces, no correct node rejects', () => {
  /** What a stranger may put into a batch. Each is another one every time. */
  const INGREDIENTS = [
    'good',
    'gap',
    'unfunded',
    'stale',
    'late',
    'waiting',
    'forged',
    'garbage',
    'cheap',
  ] as const;
  type Ingredient = (typeof INGREDIENTS)[number];
  /** The looks that a ration has room for (`rations.ts`). */
  const LOOKS = 2_097;

  /** Runs of one ingredient, so that a part of a batch may be of one kind. */
  const batches = fc
    .array(fc.tuple(fc.constantFrom(...INGREDIENTS), fc.constantFrom(1, 3, 31, 32, 40)), {
      minLength: 1,
      maxLength: 5,
    })
    .map((runs) => runs.flatMap(([each, times]) => Array.from({ length: times }, () => each)).slice(0, 100));

  test('whatever its state within a few blocks, and whatever is left of the rations', {
    timeout: 600_000,
  }, async () => {
    const limits = { maxTransactions: 3_000, maxBytes: 32 << 20, maxPerSender: 2_000 };
    const here = await openChain(temporaryFolder(), undefined, limits);
    const there = await openChain(temporaryFolder(), undefined, limits);
    // `there` is two blocks ahead: it has executed what `here` may take in.
    const executed = Array.from({ length: 40 }, (_, i) => here.transfer('bob', BigInt(i)).bytes);
    await there.pool.receive(executed, 'user');
    await there.next();
    await there.next();
    const nonces = { ada: 0n, cleo: 0n };
    const make = (ingredient: Ingredient, i: number): Uint8Array => {
      switch (ingredient) {
        case 'good':
          return here.transfer('ada', nonces.ada++).bytes;
        case 'gap':
          nonces.cleo += 2n;
          return here.transfer('cleo', nonces.cleo).bytes;
        case 'unfunded':
          return here.transfer('nobody', BigInt(i)).bytes;
        case 'stale':
          return executed[i % executed.length] ?? new Uint8Array();
        case 'late':
          return here.transfer('dan', BigInt(i), { validUntil: 1n }).bytes;
        case 'cheap':
          return here.transfer('ada', nonces.ada, { maxFee: 1n }).bytes;
        case 'waiting':
          return here.transfer('ada', nonces.ada > 0n ? nonces.ada - 1n : nonces.ada++).bytes;
        case 'forged':
          return forged(here.transfer('ada', BigInt(i)).bytes);
        default:
          return new Uint8Array(8).fill(i);
      }
    };
    const unfunded = here.transfer('nobody', 0n).bytes;
    let peers = 0;
    /** A peer whose ration at a node has room for so many looks. */
    const peerWith = async ({ pool }: OneChain, looks: number): Promise<string> => {
      const name = `peer ${peers++}`;
      for (let left = LOOKS - looks; left > 0; left -= 100)
        await pool.receive(
          Array.from({ length: Math.min(100, left) }, () => unfunded),
          name,
        );
      return name;
    };
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.constantFrom(LOOKS, 20, 0),
        fc.boolean(),
        async (ingredients, looks, forwards) => {
          const [from, to] = forwards ? [here, there] : [there, here];
          const batch = ingredients.map(make);
          from.gossiped.length = 0;
          const verdict = await from.pool.receive(batch, await peerWith(from, looks));
          seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
          const published = [...from.gossiped];
          if (published.length > 0) seen.set('announced', (seen.get('announced') ?? 0) + 1);
          for (const sent of [verdict === 'accept' ? batch : [], published])
            expect(await to.pool.receive(sent, `node ${peers++}`)).not.toBe('reject');
        },
      ),
      {
        numRuns: 60,
        examples: [
          [['good'], LOOKS, true],
          [['good', 'unfunded'], LOOKS, true],
          [['garbage'], LOOKS, true],
        ],
      },
    );
    // The cases have to be met, or the law says nothing.
    for (const each of ['accept', 'ignore', 'reject', 'announced'])
      expect(seen.get(each), each).toBeGreaterThan(0);
  });
});

describe('the fate of a transaction', () => {
  test('is waited for without keeping the process alive', async () => {
    const chain = await open();
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const waiting = chain.pool.settled(chain.transfer('ada', 0n).id, 100);
    expect(timers()).toBe(before);
    expect(await waiting).toEqual({ status: 'unknown' });
  });

  test('is reported as soon as the block that holds it is on disk', async () => {
    const chain = await open();
    const { id, bytes } = chain.transfer('ada', 0n);
    await admission(chain, bytes);
    const settled = chain.pool.settled(id, 60_000);
    await chain.next();
    expect(await settled).toMatchObject({ status: 'included', row: { result: { status: 'success' } } });
    expect(await chain.pool.settled(id, 60_000)).toMatchObject({ status: 'included' });
  });

  test('is waited for no longer than asked, by each who asks', async () => {
    const chain = await open();
    const { id, bytes } = chain.transfer('ada', 0n);
    await admission(chain, bytes);
    expect(await chain.pool.settled(id, 5)).toEqual({ status: 'pending' });
    const patient = [chain.pool.settled(id, 60_000), chain.pool.settled(id, 60_000)];
    expect(await chain.pool.settled(id, 5)).toEqual({ status: 'pending' });
    await chain.next();
    for (const each of await Promise.all(patient)) expect(each.status).toBe('included');
    expect(await chain.pool.settled(new Uint8Array(32) as Root, 5)).toEqual({ status: 'unknown' });
  });

  test('is eviction where another one has replaced it', async () => {
    const chain = await open();
    const first = chain.transfer('ada', 0n);
    const second = chain.transfer('ada', 0n, { tip: 1n });
    await admission(chain, first.bytes);
    const waiting = chain.pool.settled(first.id, 60_000);
    expect(await admission(chain, second.bytes)).toBe('ok');
    expect(await waiting).toMatchObject({
      status: 'evicted',
      fault: { code: 'TX_REPLACED', data: { by: toHex(second.id) } },
    });
  });

  test('is eviction where a block used its nonce, expiry where its height has passed', async () => {
    const chain = await open();
    const late = chain.transfer('bob', 1n, { validUntil: 1n });
    await admission(chain, late.bytes);
    const evicted = chain.transfer('ada', 0n);
    await admission(chain, evicted.bytes);
    // Decided by others, of whose pool this node knows nothing.
    const other = await openChain(temporaryFolder());
    await admission(other, chain.transfer('ada', 0n, { tip: 7n }).bytes);
    await chain.application.decide(await other.next());
    expect(chain.pool.state(evicted.id)).toMatchObject({ status: 'evicted', fault: { code: 'TX_EVICTED' } });
    expect(chain.pool.state(late.id)).toMatchObject({ status: 'expired', fault: { code: 'TX_EXPIRED' } });
    expect(chain.mempool.size().transactions).toBe(0);
  });
});

test('the next nonce counts what the state and the mempool hold', async () => {
  const chain = await open();
  const ada = addressOf('ada');
  expect(chain.pool.nextNonce(ada)).toBe(0n);
  for (const nonce of [0n, 1n, 3n])
    unwrap(await chain.pool.submit(chain.transfer('ada', nonce).bytes, '127.0.0.1'));
  expect(chain.pool.nextNonce(ada)).toBe(2n);
  await chain.next();
  expect(chain.pool.nextNonce(ada)).toBe(2n);
  unwrap(await chain.pool.submit(chain.transfer('ada', 2n).bytes, '127.0.0.1'));
  expect(chain.pool.nextNonce(ada)).toBe(4n);
  expect(await admission(chain, chain.transfer('ada', 3n, { tip: 0n, validUntil: 9n }).bytes)).toBe(
    'MEMPOOL_NONCE_TAKEN',
  );
});
