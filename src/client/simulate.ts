/**
 * Asks a node what a transaction would do in the next block, before it is signed and sent: what must fail now is refused
 * here, for no fee and before anybody is asked for a signature.
 */
import { formatOpen } from '../../state/tx/action.ts';
import { type Draft, encodeTransaction } from '../../state/tx/transaction.ts';
import { check, checkFields, withMethods } from '../lib/arguments.ts';
import { CodedError, type Fault, type FaultData } from '../lib/errors.ts';
import { SIGNATURE_LENGTH } from '../lib/secp256k1.ts';
import { refusalOf } from './refusals.ts';
import type { RpcClient } from './rpc-client.ts';
import { DRAFT } from './send-options.ts';

/** In the place of the signature, which the node does not check: gas is counted for its length. */
const NO_SIGNATURE = new Uint8Array(SIGNATURE_LENGTH);

/** The codes of a node that cannot simulate this, or at all. */
const NOT_SIMULATED: ReadonlySet<string> = new Set(['SIMULATION_TOO_LARGE', 'METHOD_NOT_FOUND']);

/** Whether a refusal of the simulation says nothing about the transaction. */
const isNotSimulated = (fault: Fault): boolean =>
  NOT_SIMULATED.has(fault.code) || refusalOf(fault) === 'later';

/** The code of a transaction that waits for those before it: the state after them is not known. */
const WAITS = 'NONCE_TOO_HIGH';

/** Returns a field of a fault that is an amount, as OPEN. */
const open = (data: FaultData | undefined, name: string, plus = 0n): string => {
  const value = data?.[name];
  return typeof value === 'string' && /^[0-9]{1,39}$/.test(value)
    ? `${formatOpen(BigInt(value) + plus)} OPEN`
    : 'another amount';
};

/** What to tell people about faults of money, whose messages have base units. */
const IN_OPEN: Readonly<Record<string, (data: FaultData | undefined, fee: bigint) => string>> = {
  BALANCE_TOO_LOW: (data, fee) =>
    `you have ${open(data, 'balance', fee)}, this needs ${open(data, 'needed')} and a fee of ${formatOpen(fee)} OPEN`,
  BALANCE_BELOW_MAX_FEE: (data) =>
    `you have ${open(data, 'balance')}, and the fee may be up to ${open(data, 'maxFee')}`,
  ESCROW_TOO_LOW: (data) =>
    `${open(data, 'free')} of the deposit is free, this asks for ${open(data, 'asked')}`,
  ESCROW_OVERDRAWN: (data) =>
    `the payer has deposited ${open(data, 'deposit')}, the receipts charge ${open(data, 'charge')}`,
  VOUCHER_OVERDRAWN: (data) =>
    `the voucher has ${open(data, 'left')} left, the receipts charge ${open(data, 'charge')}`,
};

/**
 * Returns the fault, its message with amounts in OPEN.
 * @param fee - what the transaction was charged before it failed, in base units
 */
export const faultInOpen = <F extends Fault>(fault: F, fee = 0n): F => {
  const words = IN_OPEN[fault.code];
  return words === undefined ? fault : { ...fault, message: words(fault.data, fee) };
};

/**
 * Returns why the transaction must fail if the next block executes it, with the code of the failure; undefined if it
 * succeeds, if it waits for others of its sender, or if the node has no time to simulate.
 * @throws CodedError why no block could hold it, and those of the client
 */
export const simulateDraft = async (
  client: Pick<RpcClient, 'attempt'>,
  draft: Draft,
): Promise<Fault | undefined> => {
  check('client', client, withMethods('a client, as createRpcClient makes one', 'attempt'));
  checkFields('draft', draft, DRAFT);
  const simulated = await client.attempt('tx_simulate', {
    transactions: [encodeTransaction(draft, NO_SIGNATURE)],
  });
  if (!simulated.ok) {
    if (isNotSimulated(simulated.fault)) return undefined;
    throw new CodedError(simulated.fault);
  }
  const [result] = simulated.value.results;
  if (result === undefined || result.error === null || result.error.code === WAITS) return undefined;
  return faultInOpen(result.error, result.fee);
};
