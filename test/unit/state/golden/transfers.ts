/** Transfers: executed and failed, with tips, several in one block; and escrow that is paid in and out. */
import { toHeight } from '../../../../src/lib/brands.ts';
import { OPEN } from '../../../../state/modules/ledger/accounts.ts';
import { escrowDeposit } from '../../../../state/tx/escrow-deposit.ts';
import { escrowWithdraw } from '../../../../state/tx/escrow-withdraw.ts';
import { transfer } from '../../../../state/tx/transfer.ts';
import { alice, bob, creator, deposit, owner, payer, provider, trainer } from '../economy/scenes.ts';
import { type Actor, FUNDED, type Intent, intent } from '../economy/world.ts';
import type { GoldenChain } from './chain.ts';

export const playTransfers = (chain: GoldenChain): void => {
  const send = (
    from: Actor,
    to: Actor,
    amount: bigint,
    envelope: NonNullable<Intent['envelope']> = {},
  ): Intent => ({ ...intent(from, transfer, { to: to.address, amount }), envelope });
  chain.block(
    send(alice, bob, 5n * OPEN, { tip: 3_000n }),
    send(alice, creator, 7n, { tip: 1n }),
    send(bob, bob, OPEN),
    // More than the balance: the fee is paid all the same.
    send(owner, alice, 2n * FUNDED, { tip: 500n }),
    // The last height that may execute it, and the most that an account can offer.
    send(trainer, alice, 1n, { validUntil: toHeight(1n) }),
    send(provider, alice, 1n, { maxFee: FUNDED }),
    // The fees of a block are taken first, so the second fails, and is paid for like the first.
    send(creator, alice, FUNDED - 10n * OPEN),
    send(creator, alice, 10n * OPEN),
  );

  deposit(chain, 1_000_000n);
  deposit(chain, 50_000_000n);
  deposit(chain, 9_000_000n, alice);
  const withdraw = (amount: bigint): Intent =>
    intent(payer, escrowWithdraw, { provider: provider.address, amount });
  chain.block(
    withdraw(400_000n),
    withdraw(100n),
    // More than is left.
    withdraw(51_000_000n),
    intent(payer, escrowDeposit, { provider: provider.address, amount: 2n * FUNDED }),
  );
};
