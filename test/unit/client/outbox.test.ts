/** What an outbox concludes of a transaction from what a node says of it, answer by answer. */
import { describe, expect, test, vi } from 'vitest';
import { type OutboxEntry, openOutbox } from '../../../src/client/outbox.ts';
import { createWallet, findKind } from '../../../src/client/wallet.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import type { ChainIdentity } from '../../../src/lib/chain.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { alice, bob } from '../rpc/server.ts';
import { stubNode } from './stub-node.ts';

/** What a node says of every transaction, of its account and of its chain. */
type Said = {
  readonly status: string;
  readonly code?: string;
  readonly nonce?: bigint;
  readonly height?: bigint;
  readonly chain?: ChainIdentity;
};

const CHAIN: ChainIdentity = { chainId: 1n, genesisHash: sha256(new Uint8Array()) };
const OTHER_CHAIN: ChainIdentity = { chainId: 1n, genesisHash: sha256(new Uint8Array(1)) };

/** The nonce of the first transaction, and the last height of all of them. */
const NONCE = 4n;
const VALID_UNTIL = 9n;

/**
 * An outbox in which so many transactions wait, of a node that says one thing after the other, and the last of them ever
 * after; the numbers of calls in its batches, and the transactions that it has sent.
 */
const waitingOutbox = async (count: number, ...script: readonly Said[]) => {
  const node = await stubNode({});
  const batches: number[] = [];
  const sent: unknown[] = [];
  let at = 0;
  const client: typeof node = {
    ...node,
    call: () => expect.unreachable('what became of transactions is asked in batches'),
    attempt: async (method, ...[params]) => {
      sent.push([method, params]);
      return { ok: false, fault: { code: 'MEMPOOL_NONCE_TAKEN', message: 'taken' } };
    },
    batch: async (calls) => {
      batches.push(calls.length);
      const said = script[Math.min(at++, script.length - 1)];
      if (said === undefined) return expect.unreachable('the node says nothing');
      const { status, code, nonce = NONCE, height = 5n, chain = CHAIN } = said;
      const error = code === undefined ? null : { code, message: 'so it is', data: null };
      const answers = {
        chain_getDomain: chain,
        account_get: { nonce },
        node_status: { height },
        tx_status: { status, error },
      };
      return calls.map(({ method }) => ({ ok: true, value: Reflect.get(answers, method) })) as never;
    },
  };
  const wallet = await createWallet(client, alice.privateKey, CHAIN);
  const body = unwrap(unwrap(findKind('transfer')).fromJson({ to: toHex(bob.address), amount: '5' }));
  const entries: OutboxEntry[] = [];
  for (let i = 0; i < count; i++) {
    const validUntil = toHeight(VALID_UNTIL);
    const { id, bytes } = await wallet.sign({
      nonce: NONCE + BigInt(i),
      maxFee: 1n,
      tip: 0n,
      validUntil,
      body,
    });
    entries.push({ key: `pay/${i}`, id: toHex(id), transaction: toHex(bytes), validUntil: `${validUntil}` });
  }
  return { outbox: openOutbox(client, wallet, { entries, save: () => undefined }), entries, batches, sent };
};

/** What a node says that does not hold a transaction, and may be wrong about what others hold. */
const LET_GO: readonly Said[] = [
  { status: 'unknown' },
  { status: 'evicted', code: 'TX_EVICTED' },
  { status: 'evicted', code: 'TX_REPLACED' },
  { status: 'rejected', code: 'NONCE_TOO_HIGH' },
  { status: 'rejected', code: 'MAX_FEE_TOO_LOW' },
];

describe('a transaction', () => {
  test.each(LET_GO)(
    'that is $status ($code) at one node is sent again as it is, and waited for',
    async (said) => {
      const { outbox, entries, sent } = await waitingOutbox(
        1,
        said,
        { ...said, height: VALID_UNTIL },
        {
          status: 'committed',
        },
      );
      for (const sendings of [1, 2]) {
        expect(await outbox.settle()).toEqual([]);
        expect(sent).toEqual(
          Array.from({ length: sendings }, () => [
            'tx_send',
            { transaction: entries[0]?.transaction, mode: 'sync' },
          ]),
        );
      }
      expect(await outbox.settle()).toMatchObject([{ key: 'pay/0', status: 'committed' }]);
      expect(sent).toHaveLength(2);
    },
  );

  test.each(LET_GO)(
    'that is $status ($code) is dropped once another one has used its nonce',
    async (said) => {
      const { outbox, sent } = await waitingOutbox(1, { ...said, nonce: NONCE + 1n });
      const code = said.code === 'TX_REPLACED' ? said.code : 'NONCE_TOO_LOW';
      expect(await outbox.settle()).toMatchObject([{ key: 'pay/0', status: 'dropped', fault: { code } }]);
      expect(sent).toEqual([]);
    },
  );

  test.each(LET_GO)('that is $status ($code) is dropped past its last height', async (said) => {
    const { outbox, sent } = await waitingOutbox(1, { ...said, height: VALID_UNTIL + 1n });
    expect(await outbox.settle()).toMatchObject([
      { key: 'pay/0', status: 'dropped', fault: { code: 'TX_EXPIRED', data: { validUntil: '9' } } },
    ]);
    expect(sent).toEqual([]);
  });

  test('that a node has let go of is sent to it once for each height', async () => {
    const evicted = { status: 'evicted', code: 'TX_EVICTED' };
    const { outbox, sent } = await waitingOutbox(1, evicted, evicted, evicted, { ...evicted, height: 6n });
    for (let round = 0; round < 3; round++) await outbox.settle();
    expect(sent).toHaveLength(1);
    for (let round = 0; round < 3; round++) await outbox.settle();
    expect(sent).toHaveLength(2);
  });

  test.each([...LET_GO, { status: 'committed' }, { status: 'failed' }])(
    'that is $status ($code) at a node of another chain stays, whatever the nonce and the height are there',
    async (said) => {
      const elsewhere = { ...said, nonce: NONCE + 1n, height: VALID_UNTIL + 1n, chain: OTHER_CHAIN };
      const { outbox, sent } = await waitingOutbox(2, elsewhere, { status: 'committed' });
      await expect(outbox.settle()).rejects.toMatchObject({ code: 'CHAIN_CHANGED' });
      expect(outbox.has('pay/0') && outbox.has('pay/1')).toBe(true);
      expect(sent).toEqual([]);
      expect(await outbox.settle()).toMatchObject([{ status: 'committed' }, { status: 'committed' }]);
    },
  );

  test('that waits in the node has no outcome yet, and is not sent again', async () => {
    const { outbox, sent } = await waitingOutbox(2, { status: 'pending' });
    expect(await outbox.settle()).toEqual([]);
    expect(sent).toEqual([]);
  });

  test('that failed says why, also if the node does not', async () => {
    const reasoned = await waitingOutbox(1, { status: 'failed', code: 'BALANCE_TOO_LOW' });
    expect(await reasoned.outbox.settle()).toMatchObject([
      { status: 'failed', fault: { code: 'BALANCE_TOO_LOW' } },
    ]);
    const silent = await waitingOutbox(1, { status: 'failed' });
    expect(await silent.outbox.settle()).toMatchObject([
      { status: 'failed', fault: { code: 'RPC_ANSWER_INVALID' } },
    ]);
  });
});

describe('an outbox', () => {
  /** An outbox of a node that refuses what it is sent, one code after the other, and takes what comes then. */
  const refusingOutbox = async (...codes: readonly (string | undefined)[]) =>
    refusingOutboxOf(() => CHAIN, ...codes);
  const refusingOutboxOf = async (chain: () => ChainIdentity, ...codes: readonly (string | undefined)[]) => {
    const node = await stubNode({
      node_status: { height: '5' },
      tx_prepare: {
        gas: '1',
        baseFee: '1',
        transaction: { nonce: '0', maxFee: '9', tip: '0', validUntil: '65' },
      },
    });
    const sent: string[] = [];
    /** What the node says of every transaction. */
    let status = 'rejected';
    const client: typeof node = {
      ...node,
      call: (async () => ({
        gas: 1n,
        baseFee: 1n,
        transaction: { nonce: 0n, maxFee: 9n, tip: 0n, validUntil: 65n },
      })) as never,
      attempt: (async (method: string, { transaction }: { readonly transaction: string }) => {
        if (method === 'tx_status') return { ok: true, value: { status } };
        sent.push(transaction);
        const code = codes[sent.length - 1];
        const data = code === 'INTERNAL' ? { rpcCode: -32603 } : {};
        return code === undefined
          ? { ok: true, value: {} }
          : { ok: false, fault: { code, message: 'no', data } };
      }) as never,
      batch: async (calls) => {
        const answers = {
          chain_getDomain: chain(),
          account_get: { nonce: 0n },
          node_status: { height: toHeight(5n) },
          tx_status: { status, error: { code: 'MEMPOOL_FULL', message: 'full', data: null } },
        };
        return calls.map(({ method }) => ({ ok: true, value: Reflect.get(answers, method) })) as never;
      },
    };
    const wallet = await createWallet(client, alice.privateKey, CHAIN);
    let entries: readonly OutboxEntry[] = [];
    let broken: Error | undefined;
    const save = (all: readonly OutboxEntry[]) => {
      if (broken !== undefined) throw broken;
      entries = all;
    };
    return {
      outbox: openOutbox(client, wallet, { entries: [], save }),
      breakStore: (error: Error | undefined) => {
        broken = error;
      },
      say: (now: string) => {
        status = now;
      },
      sent,
      kept: () => entries.map(({ key }) => key),
      pay: { to: bob.address, amount: 5n },
    };
  };

  test.each(['MEMPOOL_FULL', 'RATE_LIMITED', 'VERIFIER_STOPPED', 'INTERNAL'])(
    'keeps what a node has no room or no time for (%s), and sends the same bytes again',
    async (code) => {
      const { outbox, sent, kept, pay } = await refusingOutbox(code);
      await outbox.send('pay', 'transfer', pay);
      expect(kept()).toEqual(['pay']);
      expect(await outbox.settle()).toEqual([]);
      expect(sent).toHaveLength(2);
      expect(sent[1]).toBe(sent[0]);
    },
  );

  test('says why a node has not taken an entry yet, until it has', async () => {
    const { outbox, pay, say } = await refusingOutbox(
      'MEMPOOL_FULL',
      'RATE_LIMITED',
      undefined,
      'MEMPOOL_FULL',
    );
    expect(outbox.lastRefusal('pay')).toBeUndefined();
    await outbox.send('pay', 'transfer', pay);
    expect(outbox.lastRefusal('pay')).toMatchObject({ code: 'MEMPOOL_FULL' });
    say('unknown');
    await outbox.settle();
    expect(outbox.lastRefusal('pay')).toMatchObject({ code: 'RATE_LIMITED' });
    await outbox.settle();
    expect(outbox.lastRefusal('pay')).toBeUndefined();
    await outbox.settle();
    expect(outbox.lastRefusal('pay')).toMatchObject({ code: 'MEMPOOL_FULL' });
    say('pending');
    await outbox.settle();
    expect(outbox.lastRefusal('pay')).toBeUndefined();
  });

  test('forgets why an entry was not taken with the entry', async () => {
    const { outbox, pay } = await refusingOutbox('MEMPOOL_FULL');
    await outbox.send('pay', 'transfer', pay);
    outbox.forget('pay');
    expect(outbox.lastRefusal('pay')).toBeUndefined();
  });

  test('keeps what is answered with a code that is not known, names it, and sends it once for each height', async () => {
    const codes = Array.from({ length: 9 }, () => 'GATEWAY_TIMEOUT');
    const { outbox, sent, kept, pay, say } = await refusingOutbox(...codes);
    say('unknown');
    await expect(outbox.send('pay', 'transfer', pay)).rejects.toMatchObject({ code: 'GATEWAY_TIMEOUT' });
    expect(kept()).toEqual(['pay']);
    for (let round = 0; round < 5; round++) expect(await outbox.settle()).toEqual([]);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toBe(sent[0]);
    // It stands under its key: nobody is told twice, and nothing is signed anew.
    await outbox.send('pay', 'transfer', pay);
    expect(sent).toHaveLength(2);
  });

  test.each(['pending', 'committed', 'failed'])(
    'takes an error with a code that is not known for no refusal of what is %s',
    async (status) => {
      const { outbox, sent, kept, pay, say } = await refusingOutbox('GATEWAY_TIMEOUT');
      say(status);
      await outbox.send('pay', 'transfer', pay);
      expect([kept(), sent.length]).toEqual([['pay'], 1]);
    },
  );

  test('signs anew for a nonce that is taken and a fee that has risen', async () => {
    const { outbox, sent, kept, pay } = await refusingOutbox('MEMPOOL_NONCE_TAKEN', 'MAX_FEE_TOO_LOW');
    await outbox.send('pay', 'transfer', pay);
    expect(kept()).toEqual(['pay']);
    expect(new Set(sent).size).toBe(3);
  });

  test('signs nothing for a node of another chain than its wallet', async () => {
    let now = OTHER_CHAIN;
    const { outbox, sent, kept, pay } = await refusingOutboxOf(() => now, 'SIGNATURE_INVALID');
    await expect(outbox.send('pay', 'transfer', pay)).rejects.toMatchObject({ code: 'CHAIN_CHANGED' });
    expect([...sent, ...kept()]).toEqual([]);
    now = CHAIN;
    await expect(outbox.send('pay', 'transfer', pay)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  test('does not keep what was refused for good, and says why', async () => {
    const { outbox, kept, pay } = await refusingOutbox('TX_PAYLOAD');
    await expect(outbox.send('pay', 'transfer', pay)).rejects.toMatchObject({ code: 'TX_PAYLOAD' });
    expect(kept()).toEqual([]);
  });

  test('does not send what could not be stored, neither at once nor later', async () => {
    const { outbox, sent, kept, pay, breakStore } = await refusingOutbox();
    const full = new Error('the disk is full');
    breakStore(full);
    await expect(outbox.send('pay', 'transfer', pay)).rejects.toBe(full);
    expect(outbox.has('pay')).toBe(false);
    breakStore(undefined);
    expect(await outbox.settle()).toEqual([]);
    expect([sent, kept()]).toEqual([[], []]);
  });
});

describe('calls at once', () => {
  /** An outbox of a node that answers a transaction once it is let, and says of all others that they are committed. */
  const gatedOutbox = async (save: (entries: readonly OutboxEntry[]) => unknown = () => undefined) => {
    const node = await stubNode({});
    const sent: string[] = [];
    const asked: number[] = [];
    const gates: (() => void)[] = [];
    /** Answers of the node, and of those that come later. */
    const open = (): void => {
      for (const gate of gates.splice(0)) gate();
    };
    let nonce = 0n;
    const client: typeof node = {
      ...node,
      call: (async () => ({
        gas: 1n,
        baseFee: 1n,
        transaction: { nonce: nonce++, maxFee: 9n, tip: 0n, validUntil: 65n },
      })) as never,
      attempt: (async (_: string, { transaction }: { readonly transaction: string }) => {
        sent.push(transaction);
        await new Promise<void>((resolve) => gates.push(resolve));
        return { ok: true, value: {} };
      }) as never,
      batch: async (calls) => {
        if (calls.some(({ method }) => method === 'tx_status')) asked.push(calls.length);
        await Promise.resolve();
        const answers = {
          chain_getDomain: CHAIN,
          account_get: { nonce: 9n },
          node_status: { height: toHeight(5n) },
          tx_status: { status: 'committed', events: [], error: null },
        };
        return calls.map(({ method }) => ({ ok: true, value: Reflect.get(answers, method) })) as never;
      },
    };
    const wallet = await createWallet(client, alice.privateKey, CHAIN);
    const outbox = openOutbox(client, wallet, { entries: [], save: (entries) => save(entries) });
    const pay = (key: string) => outbox.send(key, 'transfer', { to: bob.address, amount: 5n });
    /** Waits until the node was sent so many. */
    const reached = (count: number) => vi.waitFor(() => expect(sent).toHaveLength(count), 30_000);
    return { outbox, pay, open, sent, asked, reached };
  };

  test('send a key once, and end together', async () => {
    const { outbox, pay, open, sent, reached } = await gatedOutbox();
    const ended: number[] = [];
    const calls = [0, 1, 2, 3].map((i) => pay('invoice').then(() => ended.push(i)));
    await reached(1);
    // One that comes when the entry is stored and not yet answered.
    calls.push(pay('invoice').then(() => ended.push(4)));
    await Promise.resolve();
    expect(ended).toEqual([]);
    open();
    await Promise.all(calls);
    expect(ended).toHaveLength(5);
    expect(sent).toHaveLength(1);
    expect(outbox.has('invoice')).toBe(true);
  });

  test('send other keys each', async () => {
    const { pay, open, sent, reached } = await gatedOutbox();
    const calls = [pay('invoice-1'), pay('invoice-2')];
    await reached(2);
    open();
    await Promise.all(calls);
    expect(new Set(sent).size).toBe(2);
  });

  test('ask nothing about what is being sent: its answer is for the call that sends it', async () => {
    const { outbox, pay, open, sent, asked, reached } = await gatedOutbox();
    const call = pay('invoice');
    await reached(1);
    expect(await outbox.settle()).toEqual([]);
    expect(asked).toEqual([]);
    expect(sent).toHaveLength(1);
    open();
    await call;
    expect(await outbox.settle()).toMatchObject([{ key: 'invoice', status: 'committed' }]);
  });

  test('hand each outcome to one of those that ask', async () => {
    const { outbox, pay, open, asked, reached } = await gatedOutbox();
    const call = pay('invoice');
    await reached(1);
    open();
    await call;
    const [first, second] = await Promise.all([outbox.settle(), outbox.settle()]);
    expect(first).toMatchObject([{ key: 'invoice' }]);
    expect(second).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(await outbox.settle(), 'until it is forgotten').toMatchObject([{ key: 'invoice' }]);
  });

  test('send nothing that could not be stored, and send it once it can be', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    let isFull = true;
    let kept: readonly OutboxEntry[] = [];
    const { outbox, pay, open, sent, reached } = await gatedOutbox((entries) => {
      if (isFull) throw full;
      kept = entries;
    });
    await expect(pay('salary')).rejects.toBe(full);
    expect(outbox.has('salary')).toBe(false);
    expect(await outbox.settle()).toEqual([]);
    expect(sent).toEqual([]);
    isFull = false;
    const call = pay('salary');
    await reached(1);
    expect(kept.map(({ key }) => key)).toEqual(['salary']);
    open();
    await call;
    isFull = true;
    expect(() => outbox.forget('salary')).toThrow(full);
    expect(outbox.has('salary')).toBe(true);
  });

  test('refuse a store that answers with a promise, and send nothing', async () => {
    const { outbox, pay, sent } = await gatedOutbox(async () => undefined);
    await expect(pay('salary')).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringContaining('store.save'),
    });
    expect(outbox.has('salary')).toBe(false);
    expect(sent).toEqual([]);
  });
});

test('one call asks what became of all that wait, up to a bound', async () => {
  const { outbox, batches } = await waitingOutbox(60, { status: 'committed' });
  expect((await outbox.settle()).map(({ key, status }) => [key, status])).toEqual(
    Array.from({ length: 60 }, (_, i) => [`pay/${i}`, 'committed']),
  );
  // The chain, the account and the height are asked for with each.
  expect(batches).toEqual([53, 13]);
});

test('nothing is asked while nothing waits', async () => {
  const { outbox, batches } = await waitingOutbox(0, { status: 'committed' });
  expect(await outbox.settle()).toEqual([]);
  expect(batches).toEqual([]);
});

test('an entry that holds no transaction is refused with what is wrong with it', async () => {
  const node = await stubNode({});
  const wallet = await createWallet(node, alice.privateKey, CHAIN);
  const id = `0x${'07'.repeat(32)}`;
  for (const [transaction, code] of [
    ['0x01', 'TX_DECODE'],
    ['soup', 'HEX_INVALID'],
  ]) {
    const entries = [{ key: 'pay', id, transaction: `${transaction}`, validUntil: '9' }];
    const outbox = openOutbox(node, wallet, { entries, save: () => undefined });
    await expect(outbox.settle()).rejects.toMatchObject({ code });
  }
});
