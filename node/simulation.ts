/**
 * Executes transactions on the committed state without a block, for the RPC. Anyone may ask for it, so it is bounded: in
 * transactions by the schema of the method, in bytes, gas and time here, and one simulation runs at a time. It reads
 * around the caches of the store and of the verifier, so that no caller can empty them.
 */
import type { Simulation } from '../rpc/backend.ts';
import { fail, type Result } from '../rpc/codes.ts';
import { type ChainIdentity, MAX_TRANSACTION_BYTES } from '../src/lib/chain.ts';
import { ok } from '../src/lib/errors.ts';
import { maxBig, sumBig } from '../src/lib/math.ts';
import { recoverAddress } from '../src/lib/secp256k1.ts';
import type { InfoTable } from '../state/attribution/info1.ts';
import { nextContext } from '../state/block.ts';
import { numberEvents } from '../state/events/block-events.ts';
import { type Executed, openSimulation } from '../state/machine.ts';
import { createPace } from '../state/store/pace.ts';
import type { Tip } from '../state/tip.ts';
import {
  checkTransaction,
  decodeTransaction,
  type TransactionRules,
  transactionRules,
  type VerifiedTransaction,
} from '../state/tx/transaction.ts';
import type { ReadView } from '../state/view.ts';

export type SimulationParts = {
  readonly identity: ChainIdentity;
  readonly info: InfoTable;
  readonly tip: () => Tip;
  /** The state after the tip. */
  readonly view: ReadView;
  /** Unix milliseconds. */
  readonly now: () => bigint;
};

export type Simulate = (transactions: readonly Uint8Array[]) => Promise<Result<Simulation>>;

/** The most bytes of all transactions of a simulation: as many as two of the longest. */
const BYTES_MAX = 2 * MAX_TRANSACTION_BYTES;
/** How long a simulation may wait for its turn, and how long it may run. */
const TIME_MAX_MS = 2_000;
/** The most simulations that wait. */
const WAITING_MAX = 64;
/** A simulation is followed by a pause of so many times its own length: simulations take a quarter of the thread at most. */
const PAUSE_FACTOR = 3;

/** Checks what needs no state, except for the signature: what is simulated need not be signed yet. */
const checkUnsigned = (bytes: Uint8Array, rules: TransactionRules): Result<VerifiedTransaction> => {
  const decoded = decodeTransaction(bytes);
  return decoded.ok
    ? checkTransaction(decoded.value, rules, () => ok(decoded.value.transaction.from))
    : decoded;
};

const busy = (why: string): Result<never> =>
  fail('SIMULATION_BUSY', `${why}; ask again, or send the transaction without simulating it`);

/** Runs one task after the other, and leaves the thread to others after each. */
const createTurns = () => {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  return async <T>(run: () => Promise<Result<T>>): Promise<Result<T>> => {
    if (waiting >= WAITING_MAX) return busy('too many simulations are waiting');
    waiting += 1;
    const before = last;
    let pass: () => void = () => undefined;
    last = new Promise((resolve) => {
      pass = resolve;
    });
    const asked = performance.now();
    await before;
    waiting -= 1;
    const started = performance.now();
    if (started - asked > TIME_MAX_MS) {
      pass();
      return busy('the simulations before this one took too long');
    }
    try {
      return await run();
    } finally {
      setTimeout(pass, (performance.now() - started) * PAUSE_FACTOR).unref();
    }
  };
};

export const createSimulate = ({ identity, info, tip, view, now }: SimulationParts): Simulate => {
  const constants = { chain: identity, recover: recoverAddress, info };
  const inTurn = createTurns();

  const check = async (
    transactions: readonly Uint8Array[],
    pace: () => Promise<void>,
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
    return gas <= params.blocks.maxGas
      ? ok(verified)
      : fail('SIMULATION_TOO_LARGE', `${gas} gas, and a block has ${params.blocks.maxGas}`, {
          gas: gas.toString(),
          limit: params.blocks.maxGas.toString(),
        });
  };

  /** Executes on the state as it stands. Returns undefined if a block was committed meanwhile: then the state is another. */
  const execute = async (
    transactions: readonly VerifiedTransaction[],
    pace: () => Promise<void>,
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

  return (transactions) =>
    inTurn(async () => {
      const end = performance.now() + TIME_MAX_MS;
      const pace = createPace();
      const verified = await check(transactions, pace);
      if (!verified.ok) return verified;
      while (performance.now() < end) {
        const simulation = await execute(verified.value, pace);
        if (simulation !== undefined) return ok(simulation);
      }
      return busy('blocks came faster than the simulation ran');
    });
};
