/** Events of accounts, escrow and validators. */
import { height64 } from '../../src/lib/chain.ts';
import { address20, container, uint128 } from '../../src/lib/ssz.ts';

const channel = {
  /** The account that pays for inferences. */
  payer: address20,
  /** The account that serves inferences. */
  provider: address20,
};

export const LEDGER_EVENTS = {
  /** OPEN moved from one account to another. */
  transfer: container({ from: address20, to: address20, amount: uint128 }),
  /** A payer put OPEN into its escrow for one provider. */
  escrowDeposited: container({
    ...channel,
    amount: uint128,
    /** The amount that the escrow holds now. */
    deposit: uint128,
  }),
  /** A payer asked for escrow back. It is paid when the delay is over, as far as receipts have left it. */
  escrowWithdrawalRequested: container({
    ...channel,
    amount: uint128,
    /** The height at whose end it is paid. */
    matures: height64,
  }),
  /** Withdrawals of one escrow matured, and their OPEN went back to the payer. */
  escrowWithdrawn: container({
    ...channel,
    /** The amount that was paid: less than requested if receipts used the rest. */
    amount: uint128,
    /** The amount that the escrow holds now. */
    deposit: uint128,
  }),
  /** The proposer of the block got the tips of its transactions. The base fee is burned, and stands in the results. */
  tipsPaid: container({
    /** The consensus address of the proposer. */
    validator: address20,
    /** The account that the validator is paid to. */
    payout: address20,
    amount: uint128,
  }),
};
