import { heightAfter } from '../../src/lib/brands.ts';
import { equal, toHex } from '../../src/lib/bytes.ts';
import { invariant } from '../../src/lib/errors.ts';
import { minBig } from '../../src/lib/math.ts';
import { fault } from '../errors/execution.ts';
import { attestorOf } from '../modules/ledger/attestors.ts';
import { beginVesting, bondOfEpoch, vestingOf } from '../modules/pay/vesting.ts';
import { addBacker, backingFloor, backingOf, freeBondOf } from '../modules/receipts/backing.ts';
import { batchStatusOf, epochEnd, settledWith } from '../modules/receipts/receipts.ts';
import { holdClaim, outcomesOf, settlementOf } from '../modules/receipts/settlements.ts';
import type { AttributionBacking } from '../tx/attribution-backing.ts';
import type { Handler } from './handler.ts';

/** An attestor stands behind the claim of another. With what was missing, the window of the claim begins. */
export const applyAttributionBacking: Handler<AttributionBacking> = (
  { view, sender, block, emit },
  { settlement: id, amount },
) => {
  const attestor = attestorOf(view, sender);
  if (attestor === undefined) return fault('ATTESTOR_UNKNOWN', 'the sender is no attestor');
  const backing = backingOf(view, id);
  if (backing === undefined)
    return fault('BACKING_UNKNOWN', `${toHex(id)} is no settlement that several attestors back`, {
      settlement: toHex(id),
    });
  const settlement = settlementOf(view, id);
  const [index] = settledWith(batchStatusOf(view, settlement.batch), id);
  if (backing.missing === 0n || index === undefined)
    return fault('BACKING_WHOLE', 'nothing is missing behind the claim, or it does not stand any more', {
      missing: backing.missing.toString(),
    });
  if (block.height > backing.until)
    return fault('SETTLEMENT_LATE', `the claim could be backed until height ${backing.until}`, {
      index,
      deadline: backing.until.toString(),
    });
  const [outcome] = outcomesOf(view, id);
  invariant(outcome !== undefined, 'a settlement has an outcome for each of its receipts');
  const added = minBig(amount, backing.missing);
  const least = minBig(backing.missing, backingFloor(outcome.bond, block.params));
  if (added < least)
    return fault('BACKING_SMALL', `${least} at least is locked, not ${amount}`, { least: least.toString() });
  const vesting = {
    attestor: sender,
    epoch: epochEnd(settlement.height, block.params.attribution),
  };
  if (vestingOf(view, vesting)?.state === 'lost')
    return fault(
      'ATTESTOR_FORFEITED',
      'a late proof was upheld against what the sender settled in this epoch',
      {
        epoch: vesting.epoch.toString(),
      },
    );
  const isFirst = backing.backers.every((each) => !equal(each.attestor, sender));
  const beside = bondOfEpoch(view, vesting, block.params.attribution);
  const free = freeBondOf(view, sender) - beside;
  if (added > free)
    return fault('ATTESTOR_BOND', `${free} of a bond of ${attestor.bond} are free, not ${added}`, {
      locked: (attestor.bond - free + added).toString(),
      bond: attestor.bond.toString(),
    });
  if (isFirst) beginVesting(view, vesting, block.height, 1, beside);
  const { missing } = addBacker(view, id, backing, { attestor: sender, amount: added });
  const finalAt =
    missing === 0n ? heightAfter(block.height, BigInt(block.params.attribution.challengeWindow)) : undefined;
  if (finalAt !== undefined) holdClaim(view, id, index, finalAt);
  emit({
    type: 'claimBacked',
    data: {
      settlement: id,
      receipt: { batch: settlement.batch, index },
      attestor: sender,
      bond: added,
      missing,
      finalAt,
    },
  });
  return undefined;
};
