import fc from 'fast-check';
import { hashTypedData, parseSignature, recoverTypedDataAddress, serializeSignature } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { type Root, toHeight } from '../../../src/lib/brands.ts';
import { fromHex, toHex } from '../../../src/lib/bytes.ts';
import { type Result, unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import {
  addressOfPrivateKey,
  addressToChecksum,
  recoverAddress,
  signDigest,
} from '../../../src/lib/secp256k1.ts';
import { chainIdentity } from '../../../state/genesis.ts';
import { OPEN } from '../../../state/modules/ledger/accounts.ts';
import { KINDS, kindByName } from '../../../state/tx/registry.ts';
import {
  checkTransaction,
  type Draft,
  decodeTransaction,
  encodeTransaction,
  signTransaction,
  type Transaction,
  TransactionType,
  transactionDigest,
  transactionRules,
  transactionTypedData,
} from '../../../state/tx/transaction.ts';
import { addressOf, chainOf, genesisOf, keyOf } from './fixture.ts';

const genesis = genesisOf();
const chain = chainIdentity(genesis);
const rules = transactionRules(chain, genesis.params);

const transferBody = (to: Uint8Array, amount: bigint) =>
  unwrap(kindByName('transfer')?.fromJson({ to: toHex(to), amount: amount.toString() }) ?? missing);
const missing = { ok: false, fault: { code: 'MISSING', message: 'no such kind' } } as const;

const draftOf = (change: Partial<Draft> = {}): Draft => ({
  from: addressOf('ada'),
  nonce: 7n,
  maxFee: OPEN,
  tip: 3n,
  validUntil: toHeight(100n),
  body: transferBody(addressOf('bob'), 12n),
  ...change,
});

const signed = (change: Partial<Draft> = {}): Uint8Array =>
  signTransaction(keyOf('ada'), draftOf(change), rules.separator).bytes;

const codeOf = <T>(result: Result<T>): string => (result.ok ? 'OK' : result.fault.code);
const checkedWith = (bytes: Uint8Array, with_ = rules) => {
  const decoded = decodeTransaction(bytes);
  return decoded.ok ? checkTransaction(decoded.value, with_, recoverAddress) : decoded;
};
/** The envelope with one field changed after signing. */
const tampered = (change: Partial<Transaction>, bytes = signed()): Uint8Array =>
  TransactionType.encode({ ...unwrap(TransactionType.decode(bytes)), ...change });

const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: (1n << bits) - 1n });
const privateKeys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => sha256(bytes));

/** The typed data as viem takes it, written here from the protocol's text and not from the code. */
const viemTypedData = (draft: Draft, body: Root) =>
  ({
    domain: {
      name: 'OpenLedger',
      version: '1',
      chainId: Number(genesis.chainId),
      salt: toHex(chain.genesisHash),
    },
    primaryType: 'Transaction',
    types: {
      Transaction: [
        { name: 'from', type: 'address' },
        { name: 'nonce', type: 'uint64' },
        { name: 'maxFee', type: 'uint128' },
        { name: 'tip', type: 'uint128' },
        { name: 'validUntil', type: 'uint64' },
        { name: 'action', type: 'string' },
        { name: 'body', type: 'bytes32' },
      ],
    },
    message: {
      from: addressToChecksum(draft.from) as `0x${string}`,
      nonce: draft.nonce,
      maxFee: draft.maxFee,
      tip: draft.tip,
      validUntil: draft.validUntil,
      action: draft.body.action(),
      body: toHex(body),
    },
  }) as const;

const le = (value: bigint, length: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => (i < length ? Number((value >> BigInt(8 * i)) & 0xffn) : 0));
const pair = (a: Uint8Array, b: Uint8Array): Root => sha256(a, b);
/** Container{kind, version, payload} and Container{to, amount} by the SSZ specification, leaf by leaf. */
const transferBodyRoot = (to: Uint8Array, amount: bigint): Root => {
  const toLeaf = new Uint8Array(32);
  toLeaf.set(to);
  const payload = pair(toLeaf, le(amount, 16));
  return pair(pair(le(1n, 2), le(1n, 1)), pair(payload, new Uint8Array(32)));
};

describe('a transaction, judged by viem', () => {
  const drafts = fc.record({
    key: privateKeys,
    to: fc.uint8Array({ minLength: 20, maxLength: 20 }),
    amount: uint(128n),
    nonce: uint(64n),
    maxFee: uint(128n),
    tip: uint(128n),
    validUntil: uint(64n).map(toHeight),
  });

  test('has the EIP-712 digest that viem computes from the protocol, as its id', () => {
    fc.assert(
      fc.property(drafts, ({ key, to, amount, ...rest }) => {
        const draft: Draft = { ...rest, from: addressOfPrivateKey(key), body: transferBody(to, amount) };
        const expected = hashTypedData(viemTypedData(draft, transferBodyRoot(to, amount)));
        expect(toHex(transactionDigest(draft, rules.separator))).toBe(expected);
        expect(toHex(signTransaction(key, draft, rules.separator).id)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('signed by viem is accepted, and viem recovers the sender of ours', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, async ({ key, to, amount, ...rest }) => {
        const wallet = privateKeyToAccount(toHex(key));
        const from = unwrap(fromHex(wallet.address, 20)) as Draft['from'];
        const maxFee = rest.maxFee;
        const draft: Draft = {
          ...rest,
          tip: rest.tip % (maxFee + 1n),
          from,
          body: transferBody(to, amount || 1n),
        };
        expect(toHex(from)).toBe(toHex(addressOfPrivateKey(key)));
        const typedData = viemTypedData(draft, transferBodyRoot(to, amount || 1n));
        const theirs = unwrap(fromHex(await wallet.signTypedData(typedData), 65));
        expect(codeOf(checkedWith(encodeTransaction(draft, theirs)))).toBe('OK');

        const decoded = unwrap(decodeTransaction(signTransaction(key, draft, rules.separator).bytes));
        const ours = serializeSignature(parseSignature(toHex(decoded.transaction.signature)));
        expect(await recoverTypedDataAddress({ ...typedData, signature: ours })).toBe(wallet.address);
      }),
      { numRuns: 25 },
    );
  });

  test('is prepared for eth_signTypedData_v4 as data whose digest is its id', () => {
    const draft = draftOf();
    const data = JSON.stringify(transactionTypedData(draft, chain));
    const parsed = JSON.parse(data) as Parameters<typeof hashTypedData>[0];
    expect(parsed.primaryType).toBe('Transaction');
    expect(toHex(transactionDigest(draft, rules.separator))).toBe(hashTypedData(parsed));
  });
});

describe('a transaction', () => {
  test('verifies on its chain, and gives back what was signed', () => {
    const verified = unwrap(checkedWith(signed()));
    expect(toHex(verified.id)).toBe(toHex(transactionDigest(draftOf(), rules.separator)));
    expect(verified.transaction.nonce).toBe(7n);
    expect(verified.body.action()).toBe(`transfer 0.000000000000000012 OPEN to ${toHex(addressOf('bob'))}`);
  });

  test('is for one chain: another chain id or another genesis makes it another signer’s', () => {
    const otherId = transactionRules({ ...chain, chainId: chain.chainId + 1n }, genesis.params);
    const otherGenesis = transactionRules(
      { ...chain, genesisHash: sha256(chain.genesisHash) },
      genesis.params,
    );
    for (const other of [otherId, otherGenesis])
      expect(codeOf(checkedWith(signed(), other))).toBe('SIGNATURE_SIGNER');
  });

  test.each<[string, Partial<Transaction>]>([
    ['sender', { from: addressOf('bob') }],
    ['nonce', { nonce: 8n }],
    ['maxFee', { maxFee: OPEN + 1n }],
    ['tip', { tip: 4n }],
    ['validUntil', { validUntil: toHeight(101n) }],
    ['payload', { payload: transferBody(addressOf('bob'), 13n).encode() }],
  ])('whose %s was changed after signing is refused', (_field, change) => {
    expect(codeOf(checkedWith(tampered(change)))).toBe('SIGNATURE_SIGNER');
  });

  test('does not carry over to another kind of the same shape: the kind is in the body', () => {
    const draft = draftOf();
    const disguised: Draft = {
      ...draft,
      body: { ...draft.body, kind: { ...draft.body.kind, id: 999 } },
    };
    expect(toHex(transactionDigest(disguised, rules.separator))).not.toBe(
      toHex(transactionDigest(draft, rules.separator)),
    );
  });

  const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const withSignature = (change: (signature: Uint8Array) => Uint8Array): Uint8Array => {
    const { signature } = unwrap(TransactionType.decode(signed()));
    return tampered({ signature: change(signature.slice()) });
  };
  const highS = (signature: Uint8Array): Uint8Array => {
    const s = ORDER - BigInt(toHex(signature.subarray(32, 64)));
    signature.set(unwrap(fromHex(`0x${s.toString(16).padStart(64, '0')}`, 32)), 32);
    signature[64] = signature[64] === 27 ? 28 : 27;
    return signature;
  };

  test.each<{ what: string; bytes: Uint8Array; code: string }>([
    { what: 'of 257 KiB', bytes: new Uint8Array(257 << 10), code: 'TX_TOO_LARGE' },
    { what: 'of no bytes', bytes: new Uint8Array(), code: 'TX_DECODE' },
    { what: 'with a byte behind it', bytes: new Uint8Array([...signed(), 0]), code: 'SIGNATURE_LENGTH' },
    {
      what: 'with a gap between its fields',
      bytes: new Uint8Array([...signed(), 0]).with(71, 117),
      code: 'TX_DECODE',
    },
    { what: 'of an unknown kind', bytes: tampered({ kind: 60_000 }), code: 'TX_KIND_UNKNOWN' },
    { what: 'of an unknown version', bytes: tampered({ version: 200 }), code: 'TX_VERSION_UNKNOWN' },
    { what: 'with half a payload', bytes: tampered({ payload: new Uint8Array(10) }), code: 'TX_PAYLOAD' },
    { what: 'with a scheme that does not exist', bytes: tampered({ scheme: 1 }), code: 'TX_SCHEME_UNKNOWN' },
    { what: 'with a tip above its maxFee', bytes: signed({ tip: OPEN + 1n }), code: 'TX_TIP' },
    {
      what: 'that its kind refuses',
      bytes: signed({ body: transferBody(addressOf('bob'), 0n) }),
      code: 'TRANSFER_ZERO',
    },
    {
      what: 'with a short signature',
      bytes: withSignature((s) => s.subarray(0, 64)),
      code: 'SIGNATURE_LENGTH',
    },
    { what: 'with v 29', bytes: withSignature((s) => s.with(64, 29)), code: 'SIGNATURE_V' },
    { what: 'with a high s', bytes: withSignature(highS), code: 'SIGNATURE_HIGH_S' },
    { what: 'with r and s zero', bytes: withSignature((s) => s.fill(0, 0, 64)), code: 'SIGNATURE_INVALID' },
    {
      what: 'signed by another',
      bytes: encodeTransaction(
        draftOf(),
        signDigest(transactionDigest(draftOf(), rules.separator), keyOf('bob')),
      ),
      code: 'SIGNATURE_SIGNER',
    },
  ])('$what is refused with $code', ({ bytes, code }) => {
    expect(codeOf(checkedWith(bytes))).toBe(code);
  });

  test('that needs more gas than a block has, or more bytes than a parameter allows, is refused', () => {
    const tight = (change: Partial<typeof genesis.params.blocks>) => ({
      ...rules,
      params: { ...genesis.params, blocks: { ...genesis.params.blocks, ...change } },
    });
    expect(codeOf(checkedWith(signed(), tight({ maxGas: 100n })))).toBe('TX_GAS');
    expect(codeOf(checkedWith(signed(), tight({ maxTransactionBytes: 50 })))).toBe('TX_TOO_LARGE');
  });

  test('decodes from hostile bytes to a fault with a code, or to what encodes to those bytes', () => {
    const valid = signed();
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
        .map((edits) => edits.reduce((bytes, [at, byte]) => bytes.with(at, byte), valid)),
      fc.nat(valid.length - 1).map((length) => valid.subarray(0, length)),
    );
    fc.assert(
      fc.property(hostile, (bytes) => {
        const checked = checkedWith(bytes);
        if (checked.ok) {
          expect(TransactionType.encode(checked.value.transaction)).toEqual(bytes);
          expect(checked.value.body.encode()).toEqual(checked.value.transaction.payload);
        } else expect(checked.fault.code).toMatch(/^[A-Z]+(_[A-Z0-9]+)+$/);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('every kind', () => {
  test('has an id and a name of its own, and a fault instead of an exception for hostile payloads', () => {
    expect(new Set(KINDS.map((kind) => kind.id)).size).toBe(KINDS.length);
    expect(new Set(KINDS.map((kind) => kind.name)).size).toBe(KINDS.length);
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.uint8Array({ maxLength: 600 }), (kind, bytes) => {
        const body = kind.decode(bytes);
        if (!body.ok) return;
        expect(body.value.encode()).toEqual(bytes);
        expect(body.value.action()).toMatch(/^[ -~]{1,200}$/);
        expect(body.value.gas(genesis.params)).toBeGreaterThanOrEqual(0n);
        body.value.check(genesis.params);
      }),
      { numRuns: 3000 },
    );
  });

  test('reads its JSON strictly: an unknown field and a number out of range have the path in the fault', () => {
    const kind = kindByName('transfer');
    const to = toHex(addressOf('bob'));
    expect(kind?.fromJson({ to, amount: '1', memo: 'x' })).toMatchObject({ fault: { code: 'JSON_INVALID' } });
    expect(kind?.fromJson({ to, amount: (1n << 128n).toString() })).toMatchObject({
      fault: { code: 'JSON_INVALID', data: { path: 'amount' } },
    });
    expect(chainOf().sign('ada', 'transfer', { to, amount: 5 }).bytes.length).toBeGreaterThan(100);
  });
});
