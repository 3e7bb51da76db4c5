/**
 * A world that takes every block the way a node does (built, checked, executed, its writes committed to the tree), and
 * records what came of it.
 *
 * One thing differs from a node: the hash of the parent that execution sees is that of {@link World}, which depends on
 * the height alone. It seeds the draws of calibrations, so with the real one any change of a format would draw other
 * tokens, and change money.
 */
import type { Root } from '../../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../../src/lib/bytes.ts';
import { EMPTY_COMMIT, encodeBlock } from '../../../../src/lib/chain.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import { recoverAddress } from '../../../../src/lib/secp256k1.ts';
import type { Json } from '../../../../src/lib/ssz.ts';
import { buildBlock, checkBlock, contextOf } from '../../../../state/block.ts';
import { eventToJson } from '../../../../state/events.ts';
import { chainIdentity } from '../../../../state/genesis.ts';
import { type Child, type Node, PLACEHOLDER } from '../../../../state/jmt/node.ts';
import { update } from '../../../../state/jmt/tree.ts';
import { type ExecutedBlock, executeBlock } from '../../../../state/machine.ts';
import type { Params } from '../../../../state/params.ts';
import { genesisTip, nextTip, type Tip } from '../../../../state/tip.ts';
import { KINDS } from '../../../../state/tx/registry.ts';
import {
  checkTransaction,
  decodeTransaction,
  transactionRules,
  type VerifiedTransaction,
} from '../../../../state/tx/transaction.ts';
import { type Actor, actor, type Intent, type Ran, World } from '../economy/world.ts';
import { type Amounts, moneyOf } from './money.ts';

/** A second attestor, whose bond is needed for what the first cannot back alone. */
export const JOINER = actor('joiner');

type Event = readonly [type: string, data: Json];

/** One transaction as its block records it. */
export type RecordedTransaction = {
  readonly id: string;
  readonly kind: string;
  readonly from: string;
  readonly status: string;
  readonly code: string;
  readonly gas: string;
  readonly burned: string;
  readonly events: readonly Event[];
};

export type RecordedBlock = {
  readonly height: number;
  readonly stateRoot: string;
  readonly resultsRoot: string;
  readonly transactions: readonly RecordedTransaction[];
  readonly end: readonly Event[];
};

/** The amounts that a block has changed, as they are after it. */
export type RecordedMoney = {
  readonly height: number;
  /** One per transaction. */
  readonly tips: readonly string[];
  readonly amounts: { readonly [name: string]: string };
};

/** The tree of the state, in memory. */
class Tree {
  readonly #nodes = new Map<string, Node>();
  #root: Child | undefined;

  /** @returns the root after these writes */
  commit(version: bigint, writes: Iterable<readonly [string, Uint8Array | undefined]>): Root {
    const changes = [...writes].map(([key, value]) => ({
      keyHash: sha256(utf8(key)),
      valueHash: value === undefined ? undefined : sha256(value),
    }));
    const updated = update(this.#root, changes, version, (key) =>
      this.#nodes.get(`${key.version}/${key.path}`),
    );
    for (const { path, node } of updated.nodes) this.#nodes.set(`${version}/${path}`, node);
    this.#root = updated.root;
    return this.#root?.hash ?? PLACEHOLDER;
  }
}

/** The commons of the chain, which no scene cites. */
const COMMONS = { root: sha256(utf8('the commons of the chain')), items: 3, tokens: 300n, bytes: 2_000n };

export class GoldenChain extends World {
  readonly blocks: RecordedBlock[] = [];
  readonly money: RecordedMoney[] = [];
  /** What executing each block gave, as a node stores it. */
  readonly executed: {
    readonly transactions: readonly VerifiedTransaction[];
    readonly block: ExecutedBlock;
  }[] = [];
  readonly #actors: readonly Actor[];
  readonly #tree = new Tree();
  readonly #gasPaid = new Map<string, bigint>();
  /** Readable names of addresses and transaction ids: what events hold instead of them. */
  readonly #names: Map<string, string>;
  #amounts: Amounts = new Map();
  #tips: readonly string[] = [];
  #tip: Tip;

  constructor(actors: readonly Actor[], change: (params: Params) => Params) {
    super(actors, change, undefined, COMMONS, [
      [actor('attestor'), 20_000n],
      [JOINER, 20_000n],
    ]);
    this.#actors = actors;
    this.#names = new Map(actors.map(({ name, address }) => [toHex(address), name]));
    this.#tip = genesisTip(this.genesis, this.#tree.commit(0n, this.state));
    this.#recordMoney();
  }

  protected override execute(transactions: readonly VerifiedTransaction[]): ExecutedBlock {
    const identity = chainIdentity(this.genesis);
    const rules = transactionRules(identity, this.params);
    const { proposer, parent, info } = this.context;
    const { height, hash } = this.#tip;
    const block = buildBlock(this.#tip, {
      time: this.#tip.time + 500n,
      proposer,
      transactions: transactions.map(({ bytes }) => bytes),
      lastCommit: this.height === 1n ? EMPTY_COMMIT : { ...EMPTY_COMMIT, height, blockHash: hash },
      evidence: [],
    });
    const verified = unwrap(
      checkBlock(this.#tip, this.view, encodeBlock(block), (bytes) => {
        const decoded = decodeTransaction(bytes);
        return decoded.ok ? checkTransaction(decoded.value, rules, recoverAddress) : decoded;
      }),
    );
    const context = contextOf(this.#tip, block, { chain: identity, recover: recoverAddress, info });
    const executed = executeBlock(this.view, { ...context, parent }, verified);
    const stateRoot = this.#tree.commit(this.height, executed.writes);
    this.#tip = nextTip(this.#tip, block.header, executed, stateRoot);
    this.executed.push({ transactions: verified, block: executed });
    this.#record(verified, executed, stateRoot);
    return executed;
  }

  override block(...intents: readonly Intent[]): readonly Ran[] {
    const ran = super.block(...intents);
    this.#recordMoney();
    return ran;
  }

  /** Addresses and ids by their names: a change of a format changes ids, and not what happened. */
  #named(json: Json): Json {
    if (typeof json === 'string') {
      // The id of a receipt is that of its batch and a place.
      const [id = json, ...place] = json.split('/');
      return [this.#names.get(id) ?? id, ...place].join('/');
    }
    if (Array.isArray(json)) return json.map((each: Json) => this.#named(each));
    if (json === null || typeof json !== 'object') return json;
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, this.#named(value)]));
  }

  #record(
    transactions: readonly VerifiedTransaction[],
    { results, resultsRoot, events }: ExecutedBlock,
    stateRoot: Root,
  ): void {
    for (const [index, { id }] of transactions.entries())
      this.#names.set(toHex(id), `transaction ${this.height}/${index}`);
    const eventsOf = (list: ExecutedBlock['events']['end']): readonly Event[] =>
      list.map((event) => [event.type, this.#named(eventToJson(event).data)]);
    this.blocks.push({
      height: Number(this.height),
      stateRoot: toHex(stateRoot),
      resultsRoot: toHex(resultsRoot),
      transactions: results.flatMap((result, index) => {
        const tx = transactions[index];
        if (tx === undefined) return [];
        const from = toHex(tx.transaction.from);
        const { gas, burned } = result.charge;
        this.#gasPaid.set(from, (this.#gasPaid.get(from) ?? 0n) + burned);
        return [
          {
            id: toHex(tx.id),
            kind: KINDS.find(({ id }) => id === tx.transaction.kind)?.name ?? '',
            from: this.#names.get(from) ?? from,
            status: result.status,
            code: result.status === 'success' ? '' : result.fault.code,
            gas: gas.toString(),
            burned: burned.toString(),
            events: eventsOf(events.transactions[index] ?? []),
          },
        ];
      }),
      end: eventsOf(events.end),
    });
    this.#tips = results.map(({ charge }) => charge.tip.toString());
  }

  #recordMoney(): void {
    const now = moneyOf(this, this.#actors, this.#gasPaid);
    const changed = [...new Set([...this.#amounts.keys(), ...now.keys()])].filter(
      (name) => (this.#amounts.get(name) ?? 0n) !== (now.get(name) ?? 0n),
    );
    this.money.push({
      height: Number(this.height),
      tips: this.#tips,
      amounts: Object.fromEntries(changed.map((name) => [name, (now.get(name) ?? 0n).toString()])),
    });
    this.#amounts = now;
  }
}
