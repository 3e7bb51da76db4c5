/**
 * The state machine: a block, executed. Pure: the same state and the same block give the same writes, results and root,
 * on every machine.
 */
import type { Root } from '../src/lib/brands.ts';
import type { ValidatorSet } from '../src/lib/chain.ts';
import { chargeable } from './charge.ts';
import type { BlockEvents } from './events/block-events.ts';
import type { Event } from './events.ts';
import { applyBody } from './handlers/registry.ts';
import { END_BLOCK } from './modules/end/hooks.ts';
import type { BlockContext } from './modules/kit/context.ts';
import { payForTransaction } from './modules/ledger/accounts.ts';
import { baseFeeOf, nextBaseFee, setBaseFee } from './modules/ledger/fees.ts';
import { paramsOf } from './modules/ledger/parameters.ts';
import { payoutOf, stakersOf, validatorSetOf } from './modules/ledger/validators.ts';
import type { Params } from './params.ts';
import { resultsRoot, type TransactionResult } from './results.ts';
import type { VerifiedTransaction } from './tx/transaction.ts';
import { overlay, type ReadView, type View, type Writes } from './view.ts';

export type ExecutedBlock = {
  readonly writes: Writes;
  /** One a transaction, in order. */
  readonly results: readonly TransactionResult[];
  readonly resultsRoot: Root;
  readonly events: BlockEvents;
  /** By what was executed; what was skipped used none. */
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

const executeTransaction = (run: BlockRun, tx: VerifiedTransaction): Executed => {
  const sender = tx.transaction.from;
  const fee = chargeable(run.view, tx, run.context.height, run.baseFee);
  if (!fee.ok) return { result: { status: 'skipped', fault: fee.fault }, events: [] };
  // From here on the transaction may fail, but it has been paid for.
  payForTransaction(run.view, sender, fee.value, run.payout);
  const charged = { gas: tx.gas, burned: fee.value.burned, tip: fee.value.tip };

  const own = overlay(run.view, run.view);
  const events: Event[] = [];
  const refused = applyBody(
    { block: run.context, view: own, sender, id: tx.id, emit: (event) => events.push(event) },
    tx.body,
  );
  if (refused !== undefined)
    return { result: { status: 'failed', charge: charged, fault: refused }, events: [] };
  own.commit();
  return { result: { status: 'success', charge: charged }, events };
};

const openRun = (view: View, context: BlockContext): BlockRun => ({
  context,
  view,
  baseFee: baseFeeOf(view),
  payout: payoutOf(stakersOf(view), context.proposer),
});

/**
 * Returns a function that executes one transaction after the other as {@link executeBlock} does, each on what those before
 * it have written. Their writes reach nothing else, and the end of a block is not executed.
 */
export const openSimulation = (
  state: ReadView,
  context: BlockContext,
): ((tx: VerifiedTransaction) => Executed) => {
  const run = openRun(overlay(state), context);
  return (tx) => executeTransaction(run, tx);
};

/**
 * Executes the transactions of a valid block, in order, then what modules do at the end of every block, then moves the
 * base fee. `state` is the state after the block before.
 */
export const executeBlock = (
  state: ReadView,
  context: BlockContext,
  transactions: readonly VerifiedTransaction[],
): ExecutedBlock => {
  const view = overlay(state);
  const run = openRun(view, context);
  const { baseFee, payout } = run;
  const executed = transactions.map((tx) => executeTransaction(run, tx));
  const results = executed.map(({ result }) => result);

  const end: Event[] = [];
  for (const hook of END_BLOCK) hook({ block: context, view, emit: (event) => end.push(event) });

  let gasUsed = 0n;
  let tips = 0n;
  for (const result of results) {
    if (result.status === 'skipped') continue;
    gasUsed += result.charge.gas;
    tips += result.charge.tip;
  }
  if (tips > 0n) end.push({ type: 'tipsPaid', data: { validator: context.proposer, payout, amount: tips } });
  setBaseFee(view, nextBaseFee(baseFee, gasUsed, context.params));

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
