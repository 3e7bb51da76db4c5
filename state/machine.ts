/**
 * The state machine: a block, executed. Pure: the same state and the same block give the same writes, results and root,
 * on every machine.
 */
import type { Root } from '../src/lib/brands.ts';
import { toHex } from '../src/lib/bytes.ts';
import type { ValidatorSet } from '../src/lib/chain.ts';
import { invariant, unwrap } from '../src/lib/errors.ts';
import { accountsOf, feeOfNext, openCharges, type Payable } from './charge.ts';
import type { BlockEvents } from './events/block-events.ts';
import type { Event } from './events.ts';
import { applyBody } from './handlers/registry.ts';
import { END_BLOCK } from './modules/end/hooks.ts';
import type { BlockContext } from './modules/kit/context.ts';
import { accountOf, payForTransaction } from './modules/ledger/accounts.ts';
import { baseFeeOf, type Fee, nextBaseFee, setBaseFee } from './modules/ledger/fees.ts';
import { paramsOf } from './modules/ledger/parameters.ts';
import { payoutOf, stakersOf, validatorSetOf } from './modules/ledger/validators.ts';
import type { Params } from './params.ts';
import { type BlockResult, type Charge, resultsRoot, type TransactionResult } from './results.ts';
import type { VerifiedTransaction } from './tx/transaction.ts';
import { overlay, type ReadView, type View, type Writes } from './view.ts';

export type ExecutedBlock = {
  readonly writes: Writes;
  /** One a transaction, in order. */
  readonly results: readonly BlockResult[];
  readonly resultsRoot: Root;
  readonly events: BlockEvents;
  readonly gasUsed: bigint;
  /** The validators in the state after this block: the set of the height after the next. */
  readonly validators: ValidatorSet;
  /** The parameters in the state after this block: those of the next block. */
  readonly params: Params;
};

type BlockRun = {
  readonly context: BlockContext;
  readonly view: View;
  readonly baseFee: bigint;
  readonly payout: ReturnType<typeof payoutOf>;
};

/** A transaction that was executed: its result, and its events in order. */
export type Executed = { readonly result: TransactionResult; readonly events: readonly Event[] };

/** A transaction in a block. None is skipped there: a block that held one that cannot be charged would be invalid. */
type ExecutedInBlock = { readonly result: BlockResult; readonly events: readonly Event[] };

const payableOf = ({ transaction, gas }: VerifiedTransaction): Payable => ({ ...transaction, gas });

/** Takes the fee and the nonce. From here on the transaction may fail, but it has been paid for. */
const pay = (run: BlockRun, tx: VerifiedTransaction, fee: Fee): Charge => {
  payForTransaction(run.view, tx.transaction.from, fee, run.payout);
  return { gas: tx.gas, burned: fee.burned, tip: fee.tip };
};

/** Executes a transaction that has been paid for. */
const executeBody = (run: BlockRun, tx: VerifiedTransaction, charge: Charge): ExecutedInBlock => {
  const own = overlay(run.view, run.view);
  const events: Event[] = [];
  const refused = applyBody(
    {
      block: run.context,
      view: own,
      sender: tx.transaction.from,
      id: tx.id,
      emit: (event) => events.push(event),
    },
    tx.body,
  );
  if (refused !== undefined) return { result: { status: 'failed', charge, fault: refused }, events: [] };
  own.commit();
  return { result: { status: 'success', charge }, events };
};

const openRun = (view: View, context: BlockContext): BlockRun => ({
  context,
  view,
  baseFee: baseFeeOf(view),
  payout: payoutOf(stakersOf(view), context.proposer),
});

/**
 * Returns a function that executes one transaction after the other, as {@link executeBlock} does, but as if each stood in a
 * block of its own: a transaction that such a block could not hold is skipped, and its fault says why. Each sees what those
 * before it have written. Their writes reach nothing else, and the end of a block is not executed.
 */
export const openSimulation = (
  state: ReadView,
  context: BlockContext,
): ((tx: VerifiedTransaction) => Executed) => {
  const run = openRun(overlay(state), context);
  const terms = { height: context.height, baseFee: run.baseFee };
  return (tx) => {
    const fee = feeOfNext(accountOf(run.view, tx.transaction.from), payableOf(tx), terms);
    if (!fee.ok) return { result: { status: 'skipped', fault: fee.fault }, events: [] };
    return executeBody(run, tx, pay(run, tx, fee.value));
  };
};

/**
 * Takes the fees of all transactions of a block, before any of them is executed. So each is paid for, whatever those before
 * it do with the money of its sender.
 */
const payForAll = (
  run: BlockRun,
  state: ReadView,
  transactions: readonly VerifiedTransaction[],
): readonly Charge[] => {
  const charge = openCharges({ height: run.context.height, baseFee: run.baseFee }, accountsOf(state));
  return transactions.map((tx) => pay(run, tx, unwrap(charge(toHex(tx.transaction.from), payableOf(tx)))));
};

/**
 * Executes a block that is valid on the state after the block before it, which is `state`: takes the fees of all
 * transactions, executes them in order, then does what modules do at the end of every block, then moves the base fee.
 */
export const executeBlock = (
  state: ReadView,
  context: BlockContext,
  transactions: readonly VerifiedTransaction[],
): ExecutedBlock => {
  const view = overlay(state);
  const run = openRun(view, context);
  const { baseFee, payout } = run;
  const charges = payForAll(run, state, transactions);
  const executed = charges.map((charge, index) => {
    const tx = transactions[index];
    invariant(tx !== undefined, 'there is a charge for each transaction');
    return executeBody(run, tx, charge);
  });
  const results = executed.map(({ result }) => result);

  const end: Event[] = [];
  for (const hook of END_BLOCK) hook({ block: context, view, emit: (event) => end.push(event) });

  let gasUsed = 0n;
  let tips = 0n;
  for (const { charge } of results) {
    gasUsed += charge.gas;
    tips += charge.tip;
  }
  if (tips > 0n) end.push({ type: 'tipsPaid', data: { validator: context.proposer, payout, amount: tips } });
  const bytes = BigInt(transactions.reduce((sum, tx) => sum + tx.bytes.length, 0));
  setBaseFee(view, nextBaseFee(baseFee, { gas: gasUsed, bytes }, context.params));

  return {
    writes: view.writes,
    results,
    resultsRoot: resultsRoot(results),
    events: { transactions: executed.map(({ events }) => events), end },
    gasUsed,
    validators: validatorSetOf(stakersOf(view)),
    params: paramsOf(view),
  };
};
