/**
 * Executes transactions on the committed state without a block, for the RPC. Anyone may ask for it, so it is bounded: in
 * transactions by the schema of the method, in bytes and gas here, and in time by the turns of callers (turns.ts). It reads
 * around the caches of the store and of the verifier, so that no caller can empty them.
 */
import type { NodeBackend, Simulation } from '../rpc/backend.ts';
import { fail, type Result } from '../rpc/codes.ts';
import type { Pace } from '../rpc/pace.ts';
import { type ChainIdentity, MAX_TRANSACTION_BYTES } from '../src/lib/chain.ts';
import { ok } from '../src/lib/errors.ts';
import { divFloor, maxBig, sumBig } from '../src/lib/math.ts';
import { recoverAddress } from '../src/lib/secp256k1.ts';
import type { InfoTable } from '../state/attribution/info1.ts';
import { nextContext } from '../state/block.ts';
import { numberEvents } from '../state/events/block-events.ts';
import { type Executed, openSimulation } from '../state/machine.ts';
import type { Tip } from '../state/tip.ts';
import {
  checkTransaction,
  decodeTransaction,
  type TransactionRules,
  transactionRules,
  type VerifiedTransaction,
} from '../state/tx/transaction.ts';
import type { ReadView } from '../state/view.ts';
import { busy } from './turns.ts';

export type SimulationParts = {
  readonly identity: ChainIdentity;
  readonly info: InfoTable;
  readonly tip: () => Tip;
  /** The state after the tip. */
  readonly view: ReadView;
  /** Unix milliseconds. */
  readonly now: () => bigint;
};

export type Simulate = NodeBackend['simulate'];

/** The most bytes of all transactions of a simulation: as many as two of the longest. */
const BYTES_MAX = 2 * MAX_TRANSACTION_BYTES;
/**
 * A simulation has so much of the gas of a block. A transaction is executed in one go, and nobody pays for it here: one with the gas
 * of a block would hold the thread for a second, as it reads all that it cites from the disk.
 */
const GAS_PART = 4n;

/** Checks what needs no state, except for the signature: what is simulated need not be signed yet. */
const checkUnsigned = (bytes: Uint8Array, rules: TransactionRules): Result<VerifiedTransaction> => {
  const decoded = decodeTransaction(bytes);
  return decoded.ok
    ? checkTransaction(decoded.value, rules, () => ok(decoded.value.transaction.from))
    : decoded;
};

export const createSimulate = ({ identity, info, tip, view, now }: SimulationParts): Simulate => {
  const constants = { chain: identity, recover: recoverAddress, info };

  const check = async (
    transactions: readonly Uint8Array[],
    pace: Pace,
  ): Promise<Result<readonly VerifiedTransaction[]>> => {
    const { params } = tip();
    const bytes = transactions.reduce((sum, { length }) => sum + length, 0);
    if (bytes > BYTES_MAX)
      return fail('SIMULATION_TOO_LARGE', `${bytes} bytes of transactions, at most ${BYTES_MAX}`, {
        bytes,
        limit: BYTES_MAX,
      });
    const rules = transactionRules(identity, params);
    const verified: VerifiedTransaction[] = [];
    for (const [index, encoded] of transactions.entries()) {
      const tx = checkUnsigned(encoded, rules);
      if (!tx.ok) {
        const { code, message, data } = tx.fault;
        return fail(code, `transactions.${index}: ${message}`, { ...data, index });
      }
      verified.push(tx.value);
      await pace();
    }
    const gas = sumBig(verified.map((tx) => tx.gas));
    const limit = divFloor(params.blocks.maxGas, GAS_PART);
    return gas <= limit
      ? ok(verified)
      : fail('SIMULATION_TOO_LARGE', `${gas} gas, at most ${limit}, a quarter of a block`, {
          gas: gas.toString(),
          limit: limit.toString(),
        });
  };

  /** Executes on the state as it stands. Returns undefined if a block was committed meanwhile: then the state is another. */
  const execute = async (
    transactions: readonly VerifiedTransaction[],
    pace: Pace,
  ): Promise<Simulation | undefined> => {
    const base = tip();
    const context = nextContext(base, maxBig(now(), base.time + 1n), constants);
    const run = openSimulation(view, context);
    const executed: Executed[] = [];
    for (const tx of transactions) {
      if (tip() !== base) return undefined;
      executed.push(run(tx));
      await pace();
    }
    return {
      height: context.height,
      transactions: transactions.flatMap(({ id }, place) => {
        const result = executed[place]?.result;
        return result === undefined ? [] : [{ id, result }];
      }),
      events: numberEvents({ transactions: executed.map(({ events }) => events), end: [] }),
    };
  };

  return async (transactions, { pace, isOver }) => {
    const verified = await check(transactions, pace);
    if (!verified.ok) return verified;
    while (!isOver()) {
      const simulation = await execute(verified.value, pace);
      if (simulation !== undefined) return ok(simulation);
    }
    return busy('blocks came faster than the simulation ran');
  };
};
