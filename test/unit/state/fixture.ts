/** A small chain in memory, for tests of the state: accounts with known keys, a genesis, and signed transactions. */
import { readFileSync } from 'node:fs';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import { compare, utf8 } from '../../../src/lib/bytes.ts';
import { type Commit, EMPTY_COMMIT, type EncodedBlock, encodeBlock } from '../../../src/lib/chain.ts';
import { ed25519Signer, validatorAddress } from '../../../src/lib/ed25519.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { addressOfPrivateKey, recoverAddress } from '../../../src/lib/secp256k1.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { buildBlock, checkBlock, contextOf, type Verify } from '../../../state/block.ts';
import { chainIdentity, type Genesis, genesisState, parseGenesis } from '../../../state/genesis.ts';
import { rootOfSorted } from '../../../state/jmt/set-root.ts';
import { type ExecutedBlock, executeBlock } from '../../../state/machine.ts';
import { OPEN } from '../../../state/modules/ledger/accounts.ts';
import { genesisTip, nextTip, type Tip } from '../../../state/tip.ts';
import { kindByName } from '../../../state/tx/registry.ts';
import {
  checkTransaction,
  decodeTransaction,
  type SignedTransaction,
  signTransaction,
  transactionRules,
  type VerifiedTransaction,
} from '../../../state/tx/transaction.ts';
import { type Overlay, overlay } from '../../../state/view.ts';

export const keyOf = (name: string): Uint8Array => sha256(utf8(`key of ${name}`));
export const addressOf = (name: string): Address => addressOfPrivateKey(keyOf(name));

/** What a node's verifier does, without its memory. */
export const verifyOn = (genesis: Genesis): Verify => {
  const rules = transactionRules(chainIdentity(genesis), genesis.params);
  return (bytes) => {
    const decoded = decodeTransaction(bytes);
    return decoded.ok ? checkTransaction(decoded.value, rules, recoverAddress) : decoded;
  };
};

export const NAMES = ['ada', 'bob', 'cleo', 'dan'] as const;
export const validatorKey = (i: number) => ed25519Signer(sha256(utf8(`validator ${i}`)));

export const template = (): Genesis =>
  unwrap(
    parseGenesis(JSON.parse(readFileSync(new URL('../../../genesis.json', import.meta.url), 'utf8')) as Json),
  );

export const genesisOf = (change: (genesis: Genesis) => Genesis = (g) => g): Genesis => {
  const base = template();
  return change({
    ...base,
    name: 'test',
    accounts: NAMES.map((name) => ({ address: addressOf(name), balance: 1_000_000n * OPEN })),
    validators: [0, 1, 2, 3].map((i) => ({
      name: `v${i}`,
      publicKey: validatorKey(i).publicKey,
      stake: 10_000n * OPEN,
      payout: addressOf(`payout ${i}`),
    })),
    attestors: [{ address: addressOf('attestor'), payout: addressOf('attestor'), bond: 1000n * OPEN }],
    commons: undefined,
  });
};

/** A chain that keeps its state in a map and has no consensus: blocks follow as they are made. */
export type TestChain = {
  readonly genesis: Genesis;
  readonly state: Overlay;
  readonly tip: () => Tip;
  readonly sign: (sender: string, kind: string, payload: Json, options?: TxOptions) => SignedTransaction;
  /** Builds, checks and executes the next block. */
  readonly run: (transactions: readonly Uint8Array[]) => Ran;
};

export type TxOptions = {
  readonly nonce?: bigint;
  readonly maxFee?: bigint;
  readonly tip?: bigint;
  readonly validUntil?: bigint;
};

export type Ran = EncodedBlock & {
  readonly commit: Commit;
  readonly transactions: readonly VerifiedTransaction[];
  readonly executed: ExecutedBlock;
};

export const setRoot = (state: Overlay) =>
  rootOfSorted(
    [...state.writes]
      .flatMap(([key, value]) =>
        value === undefined
          ? []
          : [{ keyHash: sha256(Buffer.from(key, 'latin1')), valueHash: sha256(value) }],
      )
      .sort((a, b) => compare(a.keyHash, b.keyHash)),
  );

export const chainOf = (genesis: Genesis = genesisOf()): TestChain => {
  const identity = chainIdentity(genesis);
  const state = overlay({ get: () => undefined });
  for (const [key, value] of genesisState(genesis)) if (value !== undefined) state.set(key, value);
  let tip = genesisTip(genesis, setRoot(state));
  const verify = verifyOn(genesis);
  const constants = { chain: identity, recover: recoverAddress, info: infoTable() };
  let lastCommit: Commit = EMPTY_COMMIT;
  const nonces = new Map<string, bigint>();
  const { separator } = transactionRules(identity, genesis.params);
  return {
    genesis,
    state,
    tip: () => tip,
    sign: (sender, kind, payload, options = {}) => {
      const nonce = options.nonce ?? nonces.get(sender) ?? 0n;
      nonces.set(sender, nonce + 1n);
      const body = unwrap(
        kindByName(kind)?.fromJson(payload) ?? { ok: false, fault: { code: 'KIND', message: kind } },
      );
      return signTransaction(
        keyOf(sender),
        {
          nonce,
          maxFee: options.maxFee ?? OPEN,
          tip: options.tip ?? 0n,
          validUntil: toHeight(options.validUntil ?? 1_000_000n),
          body,
        },
        separator,
      );
    },
    run: (transactions) => {
      const proposer = validatorAddress(validatorKey(0).publicKey);
      const block = buildBlock(tip, {
        time: tip.time + 1000n,
        proposer,
        transactions,
        lastCommit,
        evidence: [],
      });
      const encoded = encodeBlock(block);
      const verified = unwrap(checkBlock(tip, state, encoded, verify));
      const executed = executeBlock(state, contextOf(tip, block, constants), verified);
      for (const [key, value] of executed.writes) {
        if (value === undefined) state.delete(key);
        else state.set(key, value);
      }
      tip = nextTip(tip, block.header, executed, setRoot(state));
      const commit: Commit = { ...EMPTY_COMMIT, height: tip.height, blockHash: tip.hash };
      lastCommit = commit;
      return { ...encoded, commit, transactions: verified, executed };
    },
  };
};
