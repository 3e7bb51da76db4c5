/**
 * A node in one process and in memory, for tests of the RPC: real blocks, real execution, no network. A transaction is
 * admitted by the same checks, waits until {@link SmallChain.seal} puts it in a block, and is then found in it.
 */
import { setImmediate } from 'node:timers/promises';
import { defaultGenesis } from '../../../node/genesis-file.ts';
import { createSimulate } from '../../../node/simulation.ts';
import { createTurns } from '../../../node/turns.ts';
import type { NodeBackend, Submission, TxState } from '../../../rpc/backend.ts';
import type { Result } from '../../../rpc/codes.ts';
import type { Waiting } from '../../../rpc/schemas/waiting.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import type { ContentObject } from '../../../src/content/objects.ts';
import { createRootOf } from '../../../src/content/objects.ts';
import { type Address, type Root, toRound } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import {
  type Block,
  BlockType,
  type Commit,
  EMPTY_COMMIT,
  headerHash,
  type ValidatorSet,
} from '../../../src/lib/chain.ts';
import { ed25519Signer, validatorAddress } from '../../../src/lib/ed25519.ts';
import { domainSeparator } from '../../../src/lib/eip712.ts';
import { fail, failWith, ok, unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { addressOfPrivateKey, recoverAddress } from '../../../src/lib/secp256k1.ts';
import { buildBlock, contextOf } from '../../../state/block.ts';
import { numberEvents } from '../../../state/events/block-events.ts';
import {
  chainIdentity,
  checkGenesis,
  type Genesis,
  genesisAttestors,
  genesisState,
  genesisToJson,
} from '../../../state/genesis.ts';
import { executeBlock } from '../../../state/machine.ts';
import { accountOf, OPEN } from '../../../state/modules/ledger/accounts.ts';
import { decodeRow } from '../../../state/results.ts';
import { indexPuts } from '../../../state/store/event-index.ts';
import { openHistory } from '../../../state/store/history.ts';
import { transactionKey } from '../../../state/store/layout.ts';
import { reviewPuts } from '../../../state/store/review-queue.ts';
import { blockPuts, transactionPuts } from '../../../state/store/transactions.ts';
import { genesisTip, nextTip, type Tip } from '../../../state/tip.ts';
import {
  checkTransaction,
  decodeTransaction,
  transactionDigest,
  transactionRules,
  type VerifiedTransaction,
} from '../../../state/tx/transaction.ts';
import { withWrites } from '../../../state/view.ts';
import { memoryDatabase } from '../state/memory-database.ts';

/** What the node waits for until its first block. */
const NO_PEERS: Waiting = {
  reason: 'peers',
  since: 1_700_000_000_000n,
  message: 'no peer is connected; the config names 2',
  data: { configured: 2, unresolved: [] },
};

export type Actor = { readonly privateKey: Uint8Array; readonly address: Address };

export const actor = (name: string): Actor => {
  const privateKey = sha256(new TextEncoder().encode(`key of ${name}`));
  return { privateKey, address: addressOfPrivateKey(privateKey) };
};

const signer = ed25519Signer(sha256(new TextEncoder().encode('the validator')));

export const smallGenesis = (
  people: readonly Actor[],
  change: (genesis: Genesis) => Genesis = (g) => g,
): Genesis => {
  const first = people[0]?.address ?? actor('nobody').address;
  return unwrap(
    checkGenesis(
      change({
        ...defaultGenesis(),
        name: 'small',
        chainId: 4242n,
        time: 1_000n,
        accounts: people.map(({ address }) => ({ address, balance: 1_000n * OPEN })),
        validators: [{ name: 'one', publicKey: signer.publicKey, stake: 10n * OPEN, payout: first }],
        attestors: [],
        commons: undefined,
      }),
    ),
  );
};

export type SmallChain = {
  readonly node: NodeBackend;
  /** Puts what waits into a block. */
  readonly seal: () => void;
};

export const smallChain = (genesis: Genesis): SmallChain => {
  const state = new Map<string, Uint8Array>();
  const view = { get: (key: string) => state.get(key) };
  const write = (writes: ReadonlyMap<string, Uint8Array | undefined>): void => {
    for (const [key, value] of writes) {
      if (value === undefined) state.delete(key);
      else state.set(key, value);
    }
  };
  // The tree has its own tests: here any root that differs by height will do.
  const rootAt = (height: bigint): Root => sha256(new TextEncoder().encode(`state ${height}`));
  write(genesisState(genesis));

  const identity = chainIdentity(genesis);
  const constants = { chain: identity, recover: recoverAddress, info: infoTable() };
  const separator = domainSeparator(identity);
  let tip: Tip = genesisTip(genesis, rootAt(0n));
  const blocks: { readonly block: Block; readonly hash: Root; readonly commit: Commit }[] = [];
  const sets: ValidatorSet[] = [tip.validators];
  const database = memoryDatabase();
  const states = new Map<string, TxState>();
  const content = new Map<string, ContentObject>();
  const rootOf = createRootOf(infoTable());
  let waiting: VerifiedTransaction[] = [];

  const stateOf = (id: Root): TxState => states.get(toHex(id)) ?? { status: 'unknown' };

  const seal = (): void => {
    // As a mempool does: no block may hold a transaction past its last height.
    const expired = waiting.filter(({ transaction }) => transaction.validUntil <= tip.height);
    for (const { id } of expired) states.delete(toHex(id));
    waiting = waiting.filter((tx) => !expired.includes(tx));
    const last = blocks.at(-1);
    const block = buildBlock(tip, {
      time: tip.time + 500n,
      proposer: validatorAddress(signer.publicKey),
      transactions: waiting.map(({ bytes }) => bytes),
      lastCommit: last?.commit ?? EMPTY_COMMIT,
      evidence: [],
    });
    const executed = executeBlock(view, contextOf(tip, block, constants), waiting);
    const { height } = block.header;
    const events = numberEvents(executed.events);
    void database.write([
      ...indexPuts(height, waiting, events, executed.writes),
      ...reviewPuts(withWrites(view, executed.writes), events),
      ...blockPuts(height, BlockType.encode(block)),
      ...transactionPuts(height, waiting, executed),
    ]);
    for (const { id } of waiting) {
      const row = database.get(transactionKey(id));
      if (row === undefined) throw new Error('a row for each transaction');
      states.set(toHex(id), { status: 'included', row: decodeRow(row) });
    }
    const hash = headerHash(block.header);
    const signature = signer.sign(hash);
    blocks.push({
      block,
      hash,
      commit: { height, round: toRound(0), blockHash: hash, signers: [true], signatures: [signature] },
    });
    write(executed.writes);
    tip = nextTip(tip, block.header, executed, rootAt(height));
    sets.push(tip.validators);
    waiting = [];
  };

  const admit = (encoded: Uint8Array): Result<undefined> => {
    const decoded = decodeTransaction(encoded);
    if (!decoded.ok) return decoded;
    const verified = checkTransaction(decoded.value, transactionRules(identity, tip.params), recoverAddress);
    if (!verified.ok) return verified;
    const tx = verified.value;
    const expected = nextNonce(tx.transaction.from);
    if (tx.transaction.nonce < expected)
      return fail('NONCE_TOO_LOW', `the next nonce is ${expected}`, { expected: expected.toString() });
    waiting.push(tx);
    states.set(toHex(tx.id), { status: 'pending' });
    return ok(undefined);
  };

  const nextNonce = (sender: Address): bigint =>
    accountOf(view, sender).nonce +
    BigInt(waiting.filter(({ transaction }) => toHex(transaction.from) === toHex(sender)).length);

  const submit = async (encoded: Uint8Array): Promise<Result<Submission>> => {
    await setImmediate();
    const decoded = decodeTransaction(encoded);
    if (!decoded.ok) return failWith(decoded.fault);
    const { transaction, body } = decoded.value;
    const id = transactionDigest({ ...transaction, body }, separator);
    const known = stateOf(id).status !== 'unknown';
    return ok({ id, known, admitted: known ? ok(undefined) : admit(encoded) });
  };

  const at = (height: bigint) => blocks[Number(height) - 1];

  return {
    seal,
    node: {
      isReady: true,
      chain: {
        identity: chainIdentity(genesis),
        genesis: genesisToJson(genesis),
        attestors: genesisAttestors(genesis),
        version: '0.0.0-test',
      },
      status: () => ({
        height: tip.height,
        round: toRound(0),
        peers: 0,
        syncing: false,
        waiting: tip.height > 0n ? undefined : NO_PEERS,
      }),
      head: () => ({ height: tip.height, stateRoot: tip.stateRoot }),
      problems: () => (tip.height > 0n ? [] : [NO_PEERS]),
      peers: () => [{ id: 'p', address: '/ip4/127.0.0.1/tcp/1', direction: 'outbound', height: undefined }],
      mempool: () => ({ transactions: waiting.length, bytes: 0, maxTransactions: 10, maxBytes: 1000 }),
      read: (query) => query({ height: tip.height, view }),
      block: async (height) => at(height),
      commit: async (height) => at(height)?.commit,
      validators: async (height) => sets[Number(height) - 1],
      header: async (height) => at(height)?.block.header,
      history: openHistory(database, () => tip.height),
      submit,
      inTurn: createTurns(),
      simulate: createSimulate({
        identity,
        info: constants.info,
        tip: () => tip,
        view,
        now: () => tip.time + 500n,
      }),
      txState: async (id) => stateOf(id),
      txSettled: async (id, timeoutMs) => {
        const end = performance.now() + timeoutMs;
        while (stateOf(id).status === 'pending' && performance.now() < end) await setImmediate();
        return stateOf(id);
      },
      nextNonce,
      putContent: async (objects) => {
        const roots: Root[] = [];
        for (const object of objects) {
          const root = rootOf(object);
          if (!root.ok) return root;
          roots.push(root.value);
        }
        for (const [i, root] of roots.entries()) {
          const object = objects[i];
          if (object !== undefined) content.set(toHex(root), object);
        }
        return ok(roots);
      },
      seekContent: async () => undefined,
      isContentNamed: async (root) => content.has(toHex(root)),
      listsToShow: () => 0,
      getContent: async (root) => content.get(toHex(root)),
    },
  };
};
