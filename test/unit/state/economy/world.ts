/**
 * A chain in memory for tests of the economy: a genesis of named actors, real signatures, and blocks executed by
 * `executeBlock`. After every block it holds the money against the supply, and the totals against each other.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { type Address, nextHeight, type Root, toHeight } from '../../../../src/lib/brands.ts';
import { utf8 } from '../../../../src/lib/bytes.ts';
import { validatorAddress } from '../../../../src/lib/ed25519.ts';
import { domainSeparator } from '../../../../src/lib/eip712.ts';
import { invariant, unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import { addressOfPrivateKey, recoverAddress } from '../../../../src/lib/secp256k1.ts';
import type { Json } from '../../../../src/lib/ssz.ts';
import type { Event } from '../../../../state/events.ts';
import { chainIdentity, type Genesis, genesisState, parseGenesis } from '../../../../state/genesis.ts';
import { type ExecutedBlock, executeBlock } from '../../../../state/machine.ts';
import type { BlockContext } from '../../../../state/modules/kit/context.ts';
import {
  AccountType,
  accountOf,
  OPEN,
  POTS,
  potTotal,
  TOTAL_SUPPLY,
} from '../../../../state/modules/ledger/accounts.ts';
import { attestorOf, attestorsOf } from '../../../../state/modules/ledger/attestors.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { VestingType } from '../../../../state/modules/pay/vesting.ts';
import { lockedBondOf } from '../../../../state/modules/receipts/settlements.ts';
import type { Params } from '../../../../state/params.ts';
import type { BlockResult } from '../../../../state/results.ts';
import type { Commons } from '../../../../state/tx/commons.ts';
import type { Kind } from '../../../../state/tx/kind.ts';
import { type Body, kindByName } from '../../../../state/tx/registry.ts';
import {
  checkTransaction,
  type Draft,
  decodeTransaction,
  signTransaction,
  transactionRules,
  type VerifiedTransaction,
} from '../../../../state/tx/transaction.ts';
import type { ReadView } from '../../../../state/view.ts';

export type Actor = { readonly name: string; readonly privateKey: Uint8Array; readonly address: Address };

export const actor = (name: string): Actor => {
  const privateKey = sha256(utf8(`actor ${name}`));
  return { name, privateKey, address: addressOfPrivateKey(privateKey) };
};

/** 32 bytes that nothing else in a test is. */
export const bytes32 = (name: string): Root => sha256(utf8(`bytes32 ${name}`));

/** Of each attestor, base units. */
export const ATTESTOR_BOND = 1_000_000n;

export const FUNDED = 1_000_000n * OPEN;

/** Delays short enough for a test to wait for them. */
const shortened = (params: Params): Params => ({
  ...params,
  contribution: {
    ...params.contribution,
    revealMin: 2,
    revealMax: 10,
    commitBond: 100n,
    bondPerByteMin: 0n,
    reviewBond: 20n,
  },
  attribution: {
    ...params.attribution,
    epochBlocks: 10,
    challengeWindow: 3,
    settleEpochs: 2,
    bondPerReceipt: 10n,
    // What attestors earn vests soon, and costs no bond beside.
    lateProofWindow: 1,
    lateProofBond: 0n,
    // The remainder of receipts without picks goes by novel tokens, so that it can be followed too.
    noveltyShareBps: 10_000,
  },
  escrow: { withdrawDelay: 30 },
});

const stake = (name: string, open: bigint, payout: Actor) => ({
  name,
  publicKey: sha256(utf8(`validator ${name}`)),
  stake: open * OPEN,
  payout: payout.address,
});

export type Intent = {
  readonly from: Actor;
  readonly body: Body;
  /** Replaces what the world would choose for the envelope. */
  readonly envelope?: Partial<Omit<Draft, 'from' | 'body'>>;
};

export const intent = <P>(from: Actor, kind: Kind<P>, payload: NoInfer<P>): Intent => {
  const registered = kindByName(kind.name);
  invariant(registered !== undefined, `${kind.name} is registered`);
  return { from, body: unwrap(registered.decode(kind.payload.encode(payload))) };
};

/** `events` are those of the transaction, `end` those of the end of its block. */
export type Ran = {
  readonly id: Root;
  readonly result: BlockResult;
  readonly events: readonly Event[];
  readonly end: readonly Event[];
};

/** What a block may change without an event: what transactions cost, and the search for the second seed of a calibration. */
const QUIET = /^(?:accounts\/|pots\/burnedGas$|fees\/|due\/seeds\/|calibrations\/\d+\/\d+\/0*1$)/;

export class World {
  readonly state = new Map<string, Uint8Array>();
  readonly genesis: Genesis;
  readonly params: Params;
  readonly separator: Root;
  height = toHeight(0n);
  /** Returns the index of the validator that proposes the block of a height. */
  turn: (height: bigint) => number = () => 0;
  /** What happened at the end of the last block. */
  lastEnd: readonly Event[] = [];

  /**
   * @param validators - how many of the three there are
   * @param commons - that of the chain, if it has one
   * @param attestors - with their bonds; each is paid on an account `<name> payout`
   */
  constructor(
    actors: readonly Actor[],
    change: (params: Params) => Params = (params) => params,
    validators = 3,
    commons?: Commons,
    attestors: readonly (readonly [Actor, bigint])[] = [[actor('attestor'), ATTESTOR_BOND]],
  ) {
    const file = JSON.parse(
      readFileSync(new URL('../../../../genesis.json', import.meta.url), 'utf8'),
    ) as Json;
    const template = unwrap(parseGenesis(file));
    this.params = change(shortened(template.params));
    this.genesis = {
      ...template,
      params: this.params,
      accounts: actors.map(({ address }) => ({ address, balance: FUNDED })),
      validators: [
        stake('north', 100n, actor('north')),
        stake('south', 200n, actor('south')),
        stake('east', 300n, actor('south')),
      ].slice(0, validators),
      attestors: attestors.map(([{ name, address }, bond]) => ({
        address,
        payout: actor(`${name} payout`).address,
        bond,
      })),
      commons,
    };
    this.separator = domainSeparator(chainIdentity(this.genesis));
    for (const [key, value] of genesisState(this.genesis))
      if (value !== undefined) this.state.set(key, value);
    this.checkMoney();
  }

  get view(): ReadView {
    return this.state;
  }

  balance({ address }: Actor): bigint {
    return accountOf(this.view, address).balance;
  }

  /** Of the block at the last height. */
  get context(): BlockContext {
    const proposer = this.genesis.validators[this.turn(this.height)];
    invariant(proposer !== undefined, 'there is a validator');
    return {
      height: this.height,
      time: this.height * 500n,
      proposer: validatorAddress(proposer.publicKey),
      params: this.params,
      chain: chainIdentity(this.genesis),
      recover: recoverAddress,
      info: infoTable(),
      parent: sha256(utf8(`header ${this.height - 1n}`)),
    };
  }

  sign({ from, body, envelope }: Intent, nonce: bigint): VerifiedTransaction {
    const draft = { nonce, maxFee: OPEN, tip: 0n, validUntil: toHeight(this.height + 1n), ...envelope, body };
    const { bytes } = signTransaction(from.privateKey, draft, this.separator);
    const rules = transactionRules(chainIdentity(this.genesis), this.params);
    return unwrap(checkTransaction(unwrap(decodeTransaction(bytes)), rules, recoverAddress));
  }

  /** Executes the block of the current height. */
  protected execute(transactions: readonly VerifiedTransaction[]): ExecutedBlock {
    return executeBlock(this.view, this.context, transactions);
  }

  /** Executes one block of these, in order. @throws the fault of one that no block may hold */
  block(...intents: readonly Intent[]): readonly Ran[] {
    const nonces = new Map<string, bigint>();
    const transactions = intents.map((each) => {
      const nonce = nonces.get(each.from.name) ?? accountOf(this.view, each.from.address).nonce;
      nonces.set(each.from.name, nonce + 1n);
      return this.sign(each, nonce);
    });
    this.height = nextHeight(this.height);
    const executed = this.execute(transactions);
    this.lastEnd = executed.events.end;
    for (const [key, value] of executed.writes) {
      if (value === undefined) this.state.delete(key);
      else this.state.set(key, value);
    }
    this.checkMoney();
    return transactions.map(({ id }, i) => {
      const result = executed.results[i];
      invariant(result !== undefined, 'one result a transaction');
      return { id, result, events: executed.events.transactions[i] ?? [], end: executed.events.end };
    });
  }

  /** Executes one in a block of its own, and expects success. */
  run<P>(from: Actor, kind: Kind<P>, payload: NoInfer<P>): Ran {
    const [ran] = this.block(intent(from, kind, payload));
    invariant(ran !== undefined, 'one transaction ran');
    if (ran.result.status !== 'success')
      throw new Error(`${kind.name}: ${ran.result.fault.code} ${ran.result.fault.message}`);
    return ran;
  }

  /** The code with which it fails, in a block of its own: nothing but nonce and fee has changed then. */
  refusal<P>(from: Actor, kind: Kind<P>, payload: NoInfer<P>): string {
    const before = new Map(this.state);
    const checked = kind.check(payload, this.params);
    if (checked !== undefined) return `invalid: ${checked.code}`;
    const [ran] = this.block(intent(from, kind, payload));
    invariant(ran !== undefined, 'one transaction ran');
    if (ran.result.status === 'success') return 'success';
    const changed = [...this.state].filter(([key, value]) => before.get(key) !== value).map(([key]) => key);
    const own = changed.filter((key) => !QUIET.test(key));
    if (ran.end.length === 0) expect(own, `${kind.name} failed, and left something behind`).toEqual([]);
    return ran.result.fault.code;
  }

  /** Empty blocks, up to and with this height. */
  until(height: bigint): void {
    while (this.height < height) this.block();
  }

  /** Money is nowhere made and nowhere lost, and what receipts brought in is where the totals say. */
  checkMoney(): void {
    let sum = POTS.reduce((total, pot) => total + potTotal(this.view, pot), 0n);
    for (const [key, value] of this.state)
      if (key.startsWith('accounts/')) sum += unwrap(AccountType.decode(value)).balance;
    expect(sum).toBe(TOTAL_SUPPLY);
    const t = totalsOf(this.view);
    const parts =
      t.burned +
      t.treasury +
      t.attestors +
      t.challengers +
      t.providers +
      t.apps +
      t.model +
      t.stakers +
      t.data +
      t.relevance +
      t.remainder +
      t.shared;
    expect(parts + potTotal(this.view, 'dataPools')).toBe(t.fees);
    expect(potTotal(this.view, 'burnedFees')).toBe(t.burned);
    expect(potTotal(this.view, 'burnedBonds')).toBe(t.burnedBonds);
    this.#checkAttestors();
  }

  /** What attestors own of the pots is in them: their bonds, of which no more is locked than there is, and what has not vested. */
  #checkAttestors(): void {
    let bonds = 0n;
    for (const address of attestorsOf(this.view)) {
      const { bond } = attestorOf(this.view, address) ?? { bond: 0n };
      expect(lockedBondOf(this.view, address)).toBeLessThanOrEqual(bond);
      bonds += bond;
    }
    expect(potTotal(this.view, 'attestorBonds')).toBe(bonds);
    let earned = 0n;
    for (const [key, value] of this.state)
      if (key.startsWith('vesting/')) earned += unwrap(VestingType.decode(value)).earned;
    expect(potTotal(this.view, 'vesting')).toBe(earned);
  }
}
