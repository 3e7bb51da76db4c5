/**
 * Looks at transactions from outside, what is cheap to look at first. Most of what a stranger can send for nothing costs
 * only the first four steps, some microseconds each:
 *
 *     1  the envelope and the form of the signature      no honest node passes on what fails here
 *     2  what waits here of the sender it names          for transactions of peers, before the account is looked at
 *     3  the account of the sender it names: nonce, height, balance, fee, and the room in the mempool
 *     4  the rations of its source and of its sender
 *     5  in the other thread: the payload, the signature, the checks of the kind
 *
 * The signature is over a root of the payload, so the payload is hashed before it is known who has signed.
 */
import { nextHeight, type Root } from '../../src/lib/brands.ts';
import { equal, fromHex, toHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { checkSignatureForm } from '../../src/lib/secp256k1.ts';
import type { FeeTerms } from '../../state/charge.ts';
import { type Account, accountOf } from '../../state/modules/ledger/accounts.ts';
import { baseFeeOf } from '../../state/modules/ledger/fees.ts';
import type { Store } from '../../state/store/store.ts';
import { transactionGas } from '../../state/tx/gas.ts';
import {
  checkEnvelope,
  decodeEnvelope,
  type SignedFacts,
  type Transaction,
  type TransactionRules,
} from '../../state/tx/transaction.ts';
import { checkAdmission } from './admission.ts';
import { checkCost, KNOWN_UNITS, LOOK_UNITS } from './check-cost.ts';
import { type Fault, fault, type MempoolCode } from './errors.ts';
import type { Candidate, Mempool } from './mempool.ts';
import type { PoolTransaction } from './queue.ts';
import { type Rations, senderRations, sourceRations } from './rations.ts';
import type { Verifier } from './verifier.ts';

/** Where a transaction comes from: a peer, or a caller of the RPC, by its address. */
export type Source = { readonly type: 'peer' | 'caller'; readonly name: string };

export type Looked =
  /** It waits in the mempool, or a block has executed it. */
  | { readonly type: 'known'; readonly id: Root }
  /** It is good: every node finds it so. `refused` says why the mempool has no place for it all the same. */
  | {
      readonly type: 'checked';
      readonly transaction: PoolTransaction;
      readonly id: Root;
      /** What its check has cost the source. */
      readonly units: number;
      readonly refused: Fault | undefined;
    }
  /** Only the state of this node, or what it has seen of the source or the sender, speaks against it. */
  | { readonly type: 'refused'; readonly fault: Fault }
  /** No honest node has passed it on: every node finds it bad, whatever its state. */
  | { readonly type: 'bad'; readonly fault: Fault };

export type Intake = {
  readonly look: (bytes: Uint8Array, source: Source) => Promise<Looked>;
  /** The mempool has taken what was looked at: it was of use. */
  readonly taken: (source: Source, units: number) => void;
  /**
   * The mempool has no place for what was looked at, because of another transaction that came meanwhile. Its sender has paid
   * for the check, and the source is charged as if that one had been here before.
   */
  readonly overtaken: (source: Source, units: number) => void;
  /** A block has executed it: it is paid for. */
  readonly executed: (transaction: Transaction, byteLength: number) => void;
  /** Whether a source has spent its ration, so that nothing of it is looked at. */
  readonly isSpent: (source: Source) => boolean;
};

export type IntakeOptions = {
  readonly store: Pick<Store, 'tip' | 'uncachedView' | 'transaction'>;
  readonly mempool: Mempool;
  readonly verifier: Pick<Verifier, 'known' | 'check'>;
  readonly rules: TransactionRules;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
};

/** The faults of the checking thread that say nothing about the transaction. */
const NOT_CHECKED: ReadonlySet<string> = new Set<MempoolCode>(['MEMPOOL_BUSY', 'VERIFIER_FAILED']);

const nameOf = ({ type, name }: Source): string => `${type} ${name}`;

/** A check of more units is dear: that of a transfer costs a quarter of them. */
const CHEAP_UNITS = 8 << 10;

/** The name of the ration from which a source spends so many units: a caller has one for dear checks and one for the rest. */
const rationOf = (source: Source, units: number): string =>
  source.type === 'caller' && units > CHEAP_UNITS ? `dear ${nameOf(source)}` : nameOf(source);

/** Whether a transaction may be the one that waits, signed once more: then only its id can tell. */
const resembles = (transaction: Transaction, byteLength: number, standing: PoolTransaction): boolean =>
  transaction.maxFee === standing.maxFee &&
  transaction.tip === standing.tip &&
  transaction.validUntil === standing.validUntil &&
  byteLength === standing.bytes.length;

export const createIntake = ({ store, mempool, verifier, rules, now }: IntakeOptions): Intake => {
  const sources: Rations = sourceRations(now);
  const senders: Rations = senderRations(now);

  const candidateOf = (transaction: Transaction, byteLength: number): Candidate => {
    const { nonce, maxFee, tip } = transaction;
    const gas = transactionGas(0n, byteLength, rules.params.fees);
    return { sender: toHex(transaction.from), nonce, maxFee, tip, gas, byteLength };
  };

  /** Why neither the next block nor the mempool has a place for it, as far as its envelope shows. */
  const refusalOf = (account: Account, transaction: Transaction, candidate: Candidate): Fault | undefined => {
    const terms: FeeTerms = {
      height: nextHeight(store.tip().height),
      baseFee: baseFeeOf(store.uncachedView),
    };
    return (
      checkAdmission(account, { ...transaction, gas: candidate.gas }, terms) ??
      mempool.refusal(candidate, { ...account, baseFee: terms.baseFee })
    );
  };

  /**
   * Whether a transaction that is refused has to be identified, because its caller may have sent it before: a client that
   * lost an answer sends the same bytes again, and must learn what became of them.
   */
  const mayBeKnown = (
    { code }: Fault,
    transaction: Transaction,
    byteLength: number,
    standing: PoolTransaction | undefined,
  ): boolean =>
    code === 'NONCE_TOO_LOW' ||
    (code === 'MEMPOOL_NONCE_TAKEN' &&
      standing !== undefined &&
      resembles(transaction, byteLength, standing));

  const isKnown = (id: Root): boolean => mempool.has(toHex(id)) || store.transaction(id) !== undefined;

  const busy = (who: string): Looked => ({
    type: 'refused',
    fault: fault('MEMPOOL_BUSY', `too many transactions of ${who} came to nothing; send it again later`),
  });

  /**
   * A sender may sign several transactions with one nonce, each for another node, or fill its room with others at each. A peer
   * that passes on what it has taken in cannot know. So it spends no more than for what is known here, and the sender gains
   * nothing by it.
   */
  const crowdedOut = (source: Source, standing: PoolTransaction | undefined): Looked => {
    sources.spend(nameOf(source), KNOWN_UNITS);
    const code = standing === undefined ? 'MEMPOOL_SENDER_FULL' : 'MEMPOOL_NONCE_TAKEN';
    return { type: 'refused', fault: fault(code, 'others of the same sender wait, and leave it no room') };
  };

  /** Steps 4 and 5. */
  const check = async (
    bytes: Uint8Array,
    transaction: Transaction,
    source: Source,
    refused: Fault | undefined,
  ): Promise<Looked> => {
    const sender = toHex(transaction.from);
    const checkedAs = ({ id, gas }: SignedFacts, units: number): Looked =>
      isKnown(id)
        ? { type: 'known', id }
        : {
            type: 'checked',
            transaction: { ...transaction, id: toHex(id), bytes, sender, gas },
            id,
            units,
            refused,
          };
    const before = verifier.known(bytes);
    if (before !== undefined && isKnown(before.id)) return { type: 'known', id: before.id };
    const units = checkCost(transaction.kind, bytes.length);
    const ration = rationOf(source, units);
    if (sources.isSpent(ration)) return busy(`this ${source.type}`);
    if (senders.isSpent(sender)) return busy('this sender');
    if (before !== undefined) {
      // It was here, and left without being executed. Its sender pays for a check again: all nodes would pass it on again.
      sources.spend(rationOf(source, LOOK_UNITS), LOOK_UNITS);
      senders.spend(sender, units);
      return checkedAs(before, LOOK_UNITS);
    }
    sources.spend(ration, units);
    const checked = await verifier.check(bytes, ration, units);
    if (!checked.ok && NOT_CHECKED.has(checked.fault.code)) {
      sources.giveBack(ration, units);
      return { type: 'refused', fault: checked.fault };
    }
    if (checked.ok || checked.signed) senders.spend(sender, units);
    if (!checked.ok) return { type: 'bad', fault: checked.fault };
    const looked = checkedAs(checked.value, units);
    if (looked.type === 'known') {
      sources.giveBack(ration, units);
      senders.giveBack(sender, units);
    }
    return looked;
  };

  const look: Intake['look'] = async (bytes, source) => {
    const envelope = decodeEnvelope(bytes);
    if (!envelope.ok) return { type: 'bad', fault: envelope.fault };
    const transaction = envelope.value;
    const malformed =
      checkEnvelope(transaction, bytes.length, rules) ?? checkSignatureForm(transaction.signature);
    if (malformed !== undefined) return { type: 'bad', fault: malformed };
    const candidate = candidateOf(transaction, bytes.length);
    const standing = mempool.standing(candidate.sender, transaction.nonce);
    if (standing !== undefined && equal(standing.bytes, bytes)) {
      if (source.type === 'peer') sources.spend(nameOf(source), KNOWN_UNITS);
      return { type: 'known', id: unwrap(fromHex(standing.id, 32)) as Root };
    }
    if (source.type === 'peer' && mempool.isCrowdedOut(candidate)) return crowdedOut(source, standing);
    const account = accountOf(store.uncachedView, transaction.from);
    const refused = refusalOf(account, transaction, candidate);
    if (refused === undefined) return check(bytes, transaction, source, undefined);
    if (source.type === 'caller' && mayBeKnown(refused, transaction, bytes.length, standing))
      return check(bytes, transaction, source, refused);
    // A caller of the RPC has paid with a request. A peer sends many in one message.
    if (source.type === 'peer') sources.spend(nameOf(source), LOOK_UNITS);
    return { type: 'refused', fault: refused };
  };

  return {
    look,
    taken: (source, units) => sources.giveBack(rationOf(source, units), units),
    overtaken: (source, units) => sources.giveBack(rationOf(source, units), Math.max(0, units - KNOWN_UNITS)),
    executed: ({ from, kind }, byteLength) => senders.giveBack(toHex(from), checkCost(kind, byteLength)),
    isSpent: (source) => sources.isSpent(nameOf(source)),
  };
};
