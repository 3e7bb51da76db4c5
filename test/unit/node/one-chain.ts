/** A node's chain without its network: a real store in a folder, one validator, blocks signed by its key. */

import { afterAll, onTestFinished } from 'vitest';
import { voteSignBytes } from '../../../consensus/messages.ts';
import type { Decision } from '../../../consensus/shell/ports.ts';
import type { Application } from '../../../consensus/shell/runner.ts';
import { createChain } from '../../../node/chain.ts';
import { createIntake } from '../../../node/mempool/intake.ts';
import { createMempool, type Mempool } from '../../../node/mempool/mempool.ts';
import { createTxPool, type TxPool } from '../../../node/mempool/tx-pool.ts';
import { createVerifier, type Verifier } from '../../../node/mempool/verifier.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { type Block, type Commit, EMPTY_COMMIT, encodeBlock } from '../../../src/lib/chain.ts';
import { validatorAddress } from '../../../src/lib/ed25519.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { chainIdentity, type Genesis, genesisHash } from '../../../state/genesis.ts';
import { type Decided, openStore, type Store } from '../../../state/store/store.ts';
import { kindByName } from '../../../state/tx/registry.ts';
import { type SignedTransaction, signTransaction, transactionRules } from '../../../state/tx/transaction.ts';
import { addressOf, genesisOf, keyOf, type TxOptions, validatorKey } from '../state/fixture.ts';
import { silent } from './support.ts';

const validator = validatorKey(0);

export type OneChain = {
  readonly genesis: Genesis;
  readonly store: Store;
  readonly application: Application;
  readonly mempool: Mempool;
  readonly pool: TxPool;
  readonly verifier: Verifier;
  /** What the pool told the peers. */
  readonly gossiped: Uint8Array[];
  /** How often the pool said that something waits. */
  readonly called: () => number;
  readonly committed: Decided[];
  readonly setTime: (ms: bigint) => void;
  readonly sign: (sender: string, kind: string, payload: Json, options?: TxOptions) => SignedTransaction;
  readonly transfer: (sender: string, nonce: bigint, options?: TxOptions) => SignedTransaction;
  /** Proposes, validates and decides the next block. */
  readonly next: () => Promise<Decision>;
  readonly propose: () => Promise<Block>;
  readonly decisionOf: (block: Block) => Decision;
};

export const oneValidator = (): Genesis =>
  genesisOf((genesis) => ({ ...genesis, validators: genesis.validators.slice(0, 1) }));

/** One for each genesis: each is a thread, and they keep nothing that a test could see. */
const verifiers = new Map<string, Verifier>();
afterAll(() => Promise.all([...verifiers.values()].map((verifier) => verifier.close())));

const verifierOf = (genesis: Genesis): Verifier => {
  const hash = toHex(genesisHash(genesis));
  const known = verifiers.get(hash);
  if (known !== undefined) return known;
  const made = createVerifier(transactionRules(chainIdentity(genesis), genesis.params), (reason) => {
    throw reason;
  });
  verifiers.set(hash, made);
  return made;
};

export const openChain = async (
  directory: string,
  genesis = oneValidator(),
  limits = { maxTransactions: 50, maxBytes: 1 << 20, maxPerSender: 10 },
): Promise<OneChain> => {
  const store = await openStore(directory, genesis);
  const identity = chainIdentity(genesis);
  const rules = transactionRules(chainIdentity(genesis), genesis.params);
  const verifier = verifierOf(genesis);
  onTestFinished(store.close);
  const mempool = createMempool(limits);
  const gossiped: Uint8Array[] = [];
  const committed: Decided[] = [];
  let calls = 0;
  let now = genesis.time + 1_000n;
  const intake = createIntake({ store, mempool, verifier, rules, now: () => Number(now) });
  const pool = createTxPool({
    store,
    mempool,
    intake,
    logger: silent,
    gossip: (transactions) => gossiped.push(...transactions),
    now: () => Number(now),
    onWaiting: () => {
      calls += 1;
    },
  });
  const application = createChain({
    store,
    identity,
    verifier,
    info: infoTable(),
    mempool,
    clock: { now: () => now },
    logger: silent,
    self: validatorAddress(validator.publicKey),
    onCommitted: (decided) => {
      committed.push(decided);
      pool.committed(decided);
    },
  });

  const commitOf = (height: bigint, id: Root): Commit => {
    const vote = {
      type: 'precommit',
      height: toHeight(height),
      round: toRound(0),
      target: { type: 'block', id },
      validator: 0,
    } as const;
    const signature = validator.sign(voteSignBytes(identity, vote));
    return {
      height: toHeight(height),
      round: toRound(0),
      blockHash: id,
      signers: [true],
      signatures: [signature],
    };
  };
  const decisionOf = (block: Block): Decision => {
    const decoded = encodeBlock(block);
    const { height } = block.header;
    return { ...decoded, height: toHeight(height), round: toRound(0), commit: commitOf(height, decoded.id) };
  };
  const propose = (): Promise<Block> => {
    const { height } = store.tip();
    return application.propose(toHeight(height + 1n), toRound(0), store.commitOf(height) ?? EMPTY_COMMIT);
  };
  const sign: OneChain['sign'] = (sender, kindName, payload, options = {}) => {
    const kind = kindByName(kindName);
    if (kind === undefined) throw new Error(`no kind ${kindName}`);
    const { nonce = 0n, maxFee = 10n ** 18n, tip = 0n, validUntil = 1_000n } = options;
    const body = unwrap(kind.fromJson(payload));
    return signTransaction(
      keyOf(sender),
      { nonce, maxFee, tip, validUntil: toHeight(validUntil), body },
      rules.separator,
    );
  };
  return {
    genesis,
    store,
    application,
    mempool,
    pool,
    verifier,
    gossiped,
    called: () => calls,
    committed,
    setTime: (ms) => {
      now = ms;
    },
    sign,
    transfer: (sender, nonce, options = {}) =>
      sign(sender, 'transfer', { to: toHex(addressOf('bob')), amount: '5' }, { ...options, nonce }),
    next: async () => {
      const block = await propose();
      unwrap(await application.validate(toHeight(block.header.height), encodeBlock(block)));
      const decision = decisionOf(block);
      await application.decide(decision);
      return decision;
    },
    propose,
    decisionOf,
  };
};
