import { describe, expect, test, vi } from 'vitest';
import { ANSWER_BYTES_MAX } from '../../../rpc/answer-chunks.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { compare, toHex } from '../../../src/lib/bytes.ts';
import { type Header, HeaderType, headerHash } from '../../../src/lib/chain.ts';
import { domainSeparator } from '../../../src/lib/eip712.ts';
import { fail, unwrap } from '../../../src/lib/errors.ts';
import { signDigest } from '../../../src/lib/secp256k1.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { OUTPUT_BYTES_MAX } from '../../../state/attribution/parameters.ts';
import { sketchOf } from '../../../state/attribution/sketch.ts';
import { OPEN } from '../../../state/modules/ledger/accounts.ts';
import { kindByName } from '../../../state/tx/registry.ts';
import { signTransaction } from '../../../state/tx/transaction.ts';
import { alice, bob, field, type TestServer, testServer } from './server.ts';
import { smallChain, smallGenesis } from './small-chain.ts';

const text = (value: unknown, ...path: readonly (string | number)[]): string => {
  const found = field(value, ...path);
  if (typeof found !== 'string')
    throw new Error(`${path.join('.')} is no string in ${JSON.stringify(value)}`);
  return found;
};

const signed = (server: TestServer, amount: bigint, nonce: bigint, validUntil = 1_000n) => {
  const body = unwrap(
    kindByName('transfer')?.fromJson({ to: toHex(bob.address), amount: amount.toString() }) ??
      (() => {
        throw new Error('transfer is a kind');
      })(),
  );
  return signTransaction(
    alice.privateKey,
    { nonce, maxFee: 10_000_000n, tip: 0n, validUntil: toHeight(validUntil), body },
    domainSeparator(server.node.chain.identity),
  );
};

describe('node_status', () => {
  test('has exactly the fields that it promises', async () => {
    const server = testServer();
    server.seal();
    const status = await server.call('node_status');
    expect(Object.keys(status as object)).toEqual([
      'chainId',
      'height',
      'stateRoot',
      'round',
      'peers',
      'syncing',
      'waiting',
      'version',
    ]);
    expect(status).toMatchObject({
      chainId: '4242',
      height: '1',
      stateRoot: toHex(server.node.head().stateRoot),
    });
  });

  test('its neighbours answer too', async () => {
    const server = testServer();
    expect(await server.call('node_peers')).toEqual([
      { id: 'p', address: '/ip4/127.0.0.1/tcp/1', direction: 'outbound', height: null },
    ]);
    expect(await server.call('node_mempool')).toMatchObject({ transactions: 0 });
  });
});

describe('the chain', () => {
  test('a header is itself, in camel case, and hashes to what its block says', async () => {
    const server = testServer();
    server.seal();
    server.seal();
    const header = await server.call('chain_getHeader', { height: 2 });
    const decoded: Header = unwrap(HeaderType.fromJson(header as Json));
    const block = await server.call('chain_getBlock', { height: '2' });
    expect(toHex(headerHash(decoded))).toBe(text(block, 'hash'));
    expect(field(block, 'header')).toEqual(header);
  });

  test('without a height the last block is meant', async () => {
    const server = testServer();
    server.seal();
    server.seal();
    expect(await server.call('chain_getHeader')).toHaveProperty('height', '2');
    expect(await server.call('chain_getCommit')).toMatchObject({ height: '2', round: 0, signers: [true] });
    expect(await server.call('chain_getValidators')).toMatchObject({
      height: '2',
      validators: [{ power: '10' }],
    });
  });

  test.each(['chain_getBlock', 'chain_getHeader', 'chain_getCommit'])(
    '%s of a height to come names the last there is',
    async (method) => {
      expect(await testServer().refusal(method, [7])).toMatchObject({
        code: -32001,
        data: { code: 'BLOCK_NOT_FOUND', height: '7', last: '0' },
      });
    },
  );

  test('genesis, domain and parameters agree', async () => {
    const server = testServer();
    const genesis = await server.call('chain_getGenesis');
    expect(await server.call('chain_getDomain')).toEqual({
      chainId: '4242',
      genesisHash: text(genesis, 'hash'),
    });
    expect(await server.call('chain_getParams')).toEqual(field(genesis, 'genesis', 'params'));
  });

  test('attestors are listed with their bonds, however long the genesis is', async () => {
    const listed = [bob, alice].map(({ address }, i) => ({
      address,
      payout: address,
      bond: BigInt(i + 1) * OPEN,
    }));
    const small = smallGenesis([alice, bob], (g) => ({ ...g, attestors: listed }));
    const { node } = smallChain(small);
    const genesis = { accounts: 'x'.repeat(ANSWER_BYTES_MAX) };
    const server = testServer({ node: { ...node, chain: { ...node.chain, genesis } } });
    const ascending = listed.toSorted((a, b) => compare(a.address, b.address));
    expect(await server.call('attestor_list')).toEqual({
      attestors: ascending.map(({ address, payout, bond }) => ({
        address: toHex(address),
        payout: toHex(payout),
        bond: bond.toString(),
        locked: '0',
        free: (bond - small.params.attribution.lateProofBond).toString(),
      })),
    });
    expect(await server.refusal('chain_getGenesis')).toMatchObject({ data: { code: 'ANSWER_TOO_LONG' } });
    expect(await testServer().call('attestor_list')).toEqual({ attestors: [] });
  });

  test('a block shows its transactions decoded, or as they are encoded', async () => {
    const server = testServer();
    const { id, bytes } = signed(server, 5n, 0n);
    await server.call('tx_send', { transaction: toHex(bytes) });
    server.seal();
    expect(await server.call('chain_getBlock', { height: 1 })).toMatchObject({
      transactions: [
        {
          id: toHex(id),
          from: toHex(alice.address),
          kind: 'transfer',
          action: `transfer 0.000000000000000005 OPEN to ${toHex(bob.address)}`,
          payload: { to: toHex(bob.address), amount: '5' },
        },
      ],
    });
    expect(await server.call('chain_getBlock', { height: 1, raw: true })).toHaveProperty('transactions', [
      toHex(bytes),
    ]);
  });
});

describe('tx_get', () => {
  test('returns the bytes of a transaction and its place when it is in a block', async () => {
    const server = testServer();
    const first = signed(server, 5n, 0n);
    const second = signed(server, 6n, 1n);
    for (const { bytes } of [first, second]) await server.call('tx_send', { transaction: toHex(bytes) });
    server.seal();
    expect(await server.call('tx_get', { id: toHex(second.id) })).toEqual({
      height: '1',
      index: 1,
      transaction: toHex(second.bytes),
    });
  });

  test('finds neither a transaction that waits nor one that nobody sent', async () => {
    const server = testServer();
    const { id, bytes } = signed(server, 5n, 0n);
    const refused = { data: { code: 'TX_NOT_FOUND', id: toHex(id) } };
    expect(await server.refusal('tx_get', [toHex(id)])).toMatchObject(refused);
    await server.call('tx_send', { transaction: toHex(bytes) });
    expect(await server.refusal('tx_get', [toHex(id)])).toMatchObject(refused);
  });
});

describe('tx_send', () => {
  test('sync answers when the mempool has taken it', async () => {
    const server = testServer();
    const { id, bytes } = signed(server, 5n, 0n);
    expect(await server.call('tx_send', { transaction: toHex(bytes), mode: 'sync' })).toMatchObject({
      id: toHex(id),
      status: 'pending',
      height: null,
    });
    expect(await server.call('tx_status', { id: toHex(id) })).toHaveProperty('status', 'pending');
  });

  test('commit waits for the block and tells what came of it', async () => {
    const server = testServer();
    const { bytes } = signed(server, 5n, 0n);
    const sent = server.call('tx_send', { transaction: toHex(bytes), mode: 'commit' });
    await vi.waitFor(() => expect(server.node.mempool().transactions).toBe(1));
    server.seal();
    expect(await sent).toMatchObject({
      status: 'committed',
      height: '1',
      index: 0,
      error: null,
      events: [{ type: 'transfer', data: { amount: '5' } }],
    });
    const { gasUsed, fee } = Object(await sent) as { gasUsed: string; fee: string };
    expect(BigInt(gasUsed)).toBeGreaterThan(3_000n);
    expect(fee).toBe(gasUsed);
  });

  test('commit says pending when no block came in time', async () => {
    const server = testServer();
    const { bytes } = signed(server, 5n, 0n);
    const params = { transaction: toHex(bytes), mode: 'commit', timeoutMs: 30 };
    expect(await server.call('tx_send', params)).toHaveProperty('status', 'pending');
  });

  test('a transaction that fails in its block says why, by its code', async () => {
    const server = testServer();
    const { id, bytes } = signed(server, 10n ** 24n, 0n);
    await server.call('tx_send', { transaction: toHex(bytes) });
    server.seal();
    expect(await server.call('tx_status', [toHex(id)])).toMatchObject({
      status: 'failed',
      height: '1',
      error: { code: 'BALANCE_TOO_LOW' },
    });
  });

  test('reads a long payload in JSON only when its turn comes, and takes its bytes at once', async () => {
    let turns = 0;
    const server = testServer({
      node: {
        ...testServer().node,
        inTurn: async () => {
          turns += 1;
          return fail('SIMULATION_BUSY', 'busy');
        },
      },
    });
    const { bytes } = signed(server, 5n, 0n);
    const payload = { long: Array.from({ length: 2_000 }, () => 0) };
    const transaction = {
      from: toHex(alice.address),
      nonce: '0',
      maxFee: '1',
      tip: '0',
      validUntil: '9',
      kind: 'transfer',
      payload,
      signature: `0x${'11'.repeat(65)}`,
    };
    expect((await server.refusal('tx_send', { transaction })).data.code).toBe('MEMPOOL_BUSY');
    expect(turns).toBe(1);
    await server.call('tx_send', { transaction: toHex(bytes) });
    expect(turns).toBe(1);
  });

  test('async answers before anything is checked but its encoding', async () => {
    const server = testServer();
    const { id, bytes } = signed(server, 5n, 0n);
    const forged = Uint8Array.from(bytes);
    forged[forged.length - 40] = (forged[forged.length - 40] ?? 0) ^ 1;
    expect(await server.call('tx_send', { transaction: toHex(forged), mode: 'async' })).toMatchObject({
      id: toHex(id),
      status: 'pending',
    });
    expect(await server.refusal('tx_send', { transaction: toHex(forged), mode: 'sync' })).toMatchObject({
      code: -32000,
      data: { code: expect.stringMatching(/^SIGNATURE_/) as unknown },
    });
  });

  test('what does not decode is refused in any mode', async () => {
    for (const mode of ['async', 'sync', 'commit'])
      expect(await testServer().refusal('tx_send', { transaction: '0x1234', mode })).toMatchObject({
        code: -32000,
        data: { code: 'TX_DECODE' },
      });
  });

  test.each(['0x', '0x1234'])('what ends too early is refused in words about it: %s', async (transaction) => {
    const { message, data } = await testServer().refusal('tx_send', { transaction });
    const count = (transaction.length - 2) >> 1;
    expect([data.code, message]).toEqual([
      'TX_DECODE',
      expect.stringContaining(`the ${count} bytes end before the value does`),
    ]);
  });

  test.each([
    [2, 'v is 27 or 28, for which wallets also write 0 or 1; got 2'],
    [29, 'v is 27 or 28, for which wallets also write 0 or 1; got 29'],
  ])('a signature with v %i is refused with all that is taken', async (v, said) => {
    const server = testServer();
    const { bytes } = signed(server, 5n, 0n);
    const transaction = toHex(bytes.with(-1, v));
    const { message, data } = await server.refusal('tx_send', { transaction, mode: 'sync' });
    expect([data.code, message]).toEqual(['SIGNATURE_V', expect.stringContaining(said)]);
  });

  test('a stale nonce is refused with its code', async () => {
    const server = testServer();
    await server.call('tx_send', { transaction: toHex(signed(server, 5n, 0n).bytes) });
    server.seal();
    const again = toHex(signed(server, 6n, 0n).bytes);
    expect((await server.refusal('tx_send', { transaction: again })).data.code).toBe('NONCE_TOO_LOW');
  });

  test.each([
    [{ transaction: 5 }],
    [{ transaction: '0x123' }],
    [{ transaction: '0x12', mode: 'later' }],
    [{ transaction: '0x12', timeoutMs: 0 }],
    [{ transaction: '0x12', timeoutMs: 1e9 }],
    [{ transaction: { from: '0x12' } }],
  ])('refuses the parameters %j', async (params) => {
    expect(await testServer().refusal('tx_send', params)).toMatchObject({ code: -32602 });
  });
});

describe('tx_prepare', () => {
  const request = {
    from: toHex(alice.address),
    kind: 'transfer',
    payload: { to: toHex(bob.address), amount: '7' },
  };

  test('fills in what a wallet needs: signed as typed data it is executed', async () => {
    const server = testServer();
    const prepared = await server.call('tx_prepare', request);
    const digest = text(prepared, 'id');
    expect(field(prepared, 'typedData', 'message')).toMatchObject({
      from: toHex(alice.address),
      nonce: '0',
      action: text(prepared, 'action'),
    });
    const signature = toHex(signDigest(Buffer.from(digest.slice(2), 'hex'), alice.privateKey));
    const transaction = { ...Object(field(prepared, 'transaction')), signature } as unknown;
    await server.call('tx_send', { transaction });
    server.seal();
    expect(await server.call('tx_status', { id: digest })).toMatchObject({ status: 'committed' });
  });

  test('leaves room for the base fee to double, and counts what waits', async () => {
    const server = testServer();
    await server.call('tx_send', { transaction: toHex(signed(server, 5n, 0n).bytes) });
    const prepared = await server.call('tx_prepare', { ...request, tip: 11 });
    const gas = BigInt(text(prepared, 'gas'));
    expect(BigInt(text(prepared, 'transaction', 'maxFee'))).toBe(
      2n * gas * BigInt(text(prepared, 'baseFee')) + 11n,
    );
    expect(text(prepared, 'transaction', 'nonce')).toBe('1');
  });

  test('refuses a payload that no transaction has room for', async () => {
    const { node } = testServer();
    const server = testServer({ node, maxBodyBytes: 2 << 20 });
    const shapes = Array.from({ length: 33_000 }, () => ({ tokens: 1, promptTokens: 0 }));
    const hash = `0x${'11'.repeat(32)}`;
    const payload = {
      contribution: 1,
      datanet: 1,
      salt: hash,
      root: hash,
      digest: hash,
      items: shapes.length,
      tokens: String(shapes.length),
      bytes: String(shapes.length),
      shapes,
      copied: [],
      novelRuns: [],
      sketch: sketchOf([]),
      role: 'data',
      parents: [],
      licence: 'MIT',
    };
    const kind = 'dataContribution';
    expect(await server.refusal('tx_prepare', { ...request, kind, payload })).toMatchObject({
      code: -32000,
      data: { code: 'TX_TOO_LARGE' },
    });
  });

  test('keeps what the caller has decided', async () => {
    const decided = { nonce: '9', maxFee: '12345', validUntil: '77', tip: '5' };
    expect(await testServer().call('tx_prepare', { ...request, ...decided })).toMatchObject({
      transaction: decided,
    });
  });

  test.each([
    [{ kind: 'transfers' }, 'TX_KIND_UNKNOWN'],
    [{ kind: '__proto__' }, 'TX_KIND_UNKNOWN'],
    [{ payload: { to: toHex(bob.address) } }, 'TX_PAYLOAD'],
    [{ payload: { to: toHex(bob.address), amount: '-1' } }, 'TX_PAYLOAD'],
    [{ payload: { to: toHex(bob.address), amount: '5', extra: 1 } }, 'TX_PAYLOAD'],
    [{ payload: null }, 'TX_PAYLOAD'],
    [{ payload: { to: toHex(bob.address), amount: '0' } }, 'TRANSFER_ZERO'],
  ])('refuses %j with %s', async (change, code) => {
    expect(await testServer().refusal('tx_prepare', { ...request, ...change })).toMatchObject({
      code: -32000,
      data: { code },
    });
  });
});

describe('content', () => {
  const salt = `0x${'11'.repeat(32)}`;
  const item = (words: string) => ({ rules: 2, text: words, promptTokens: 1, salt });
  const inference = { type: 'inference', rules: 2, prompt: 'what is 1 + 1?', output: '', salt };

  test('comes back as it was put, whatever its type', async () => {
    const server = testServer();
    const objects = [
      { ...inference, ids: { prompt: [1, 2, 4_294_967_295], output: [] } },
      { type: 'item', ...item('one and one — makes two ✓') },
      { ...inference, rules: 1, ids: null },
    ];
    // Ids that a receipt does not commit to are left out.
    const put = objects.map((object) => ({
      ...object,
      ids: 'ids' in object ? (object.ids ?? undefined) : undefined,
    }));
    const { roots } = Object(await server.call('content_put', { objects: put })) as { roots: string[] };
    expect(new Set(roots).size).toBe(3);
    for (const [i, root] of roots.entries())
      expect(await server.call('content_get', { root })).toEqual(objects[i]);
  });

  test('a contribution by its items is the one by their roots', async () => {
    const server = testServer();
    const items = [item('first words'), item('second words')];
    const whole = await server.call('content_put', {
      objects: [
        { type: 'contribution', items },
        { type: 'item', ...items[1] },
      ],
    });
    const stored = await server.call('content_get', { root: text(whole, 'roots', 0) });
    expect(text(whole, 'roots', 1)).toBe(text(stored, 'items', 1));
    const again = await server.call('content_put', {
      objects: [{ type: 'contribution', items: field(stored, 'items') }],
    });
    expect(text(again, 'roots', 0)).toBe(text(whole, 'roots', 0));
  });

  test('that nobody has is not found', async () => {
    expect(await testServer().refusal('content_get', { root: salt })).toMatchObject({
      code: -32001,
      data: { code: 'CONTENT_NOT_FOUND', root: salt },
    });
  });

  test.each([
    [{ type: 'item', ...item('a'), promptTokens: 2 }, -32000],
    [{ type: 'item', ...item('a'), salt: undefined }, -32602],
    [{ type: 'item', ...item('a'), salt: '0x11' }, -32602],
    [{ type: 'item', ...item('a'), rules: 3 }, -32602],
    [{ type: 'item', ...item('a'), rules: undefined }, -32602],
    [{ ...inference, prompt: '\ud800' }, -32602],
    [{ ...inference, salt: undefined }, -32602],
    [{ ...inference, rules: '2' }, -32602],
    [{ ...inference, ids: { prompt: [1] } }, -32602],
    [{ ...inference, ids: { prompt: [-1], output: [] } }, -32602],
    [{ type: 'poem', text: 'a' }, -32602],
    [{ type: 'output', text: 'a' }, -32602],
  ])('refuses %j', async (object, code) => {
    expect(await testServer().refusal('content_put', { objects: [object] })).toMatchObject({ code });
  });

  test('of a receipt is bounded in bytes', async () => {
    const objects = [{ ...inference, output: '-'.repeat(OUTPUT_BYTES_MAX + 1) }];
    expect(await testServer().refusal('content_put', { objects })).toMatchObject({
      code: -32000,
      data: { code: 'CONTENT_TOO_LONG' },
    });
  });

  test.each([
    [
      { ...inference, prompt: '\ud800' },
      'objects.1.prompt: must be well-formed text; it contains a lone surrogate',
    ],
    [
      { ...inference, output: '\ud800' },
      'objects.1.output: must be well-formed text; it contains a lone surrogate',
    ],
    [{ ...inference, text: 'a' }, 'objects.1: unknown text'],
    [{ ...inference, output: undefined }, 'objects.1: missing output'],
    [{ type: 'item', ...item('a'), promptTokens: -1 }, 'objects.1.promptTokens: must be >= 0'],
    [{ type: 'contribution' }, 'objects.1: missing items'],
    [{ type: 'poem', text: 'a' }, 'objects.1.type: must be one of item, contribution, inference'],
    [{ text: 'a' }, 'objects.1.type: must be one of item, contribution, inference'],
  ])('says of %j what its own type wants', async (object, message) => {
    const objects = [inference, object];
    expect(await testServer().refusal('content_put', { objects })).toMatchObject({ message });
  });
});
