/**
 * How much of the data money of a model went to its own owner's side, counted when it is paid. Whoever owns a model may pin
 * Datanets that it has created, reviews or contributes to; this shows what they take (docs/economy.md#what-a-model-pays-to-its-owner).
 * Other accounts of the same person are other accounts.
 *
 *     epochs/<model>/own
 */

import type { Address } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import type { DatanetId, ModelId } from '../../../src/lib/ids.ts';
import { container, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import type { ReadView, View } from '../../view.ts';
import { type Datanet, knownDatanet } from '../data/datanets.ts';
import { load, save } from '../kit/stored.ts';
import { knownModel } from '../models/models.ts';
import { epochsKey } from './epochs.ts';

const OwnDataType = container({
  /** Paid to contributions of the model's owner, wherever they are, base units. */
  contributions: uint128,
  /** Paid to others in Datanets that the model's owner has created or reviews, and to all in them by volume, base units. */
  datanets: uint128,
});
export type OwnData = ValueOf<typeof OwnDataType>;

/** What an account is to a Datanet. `contributor`: named as one of those who may contribute. */
export const DATANET_ROLES = ['owner', 'reviewer', 'contributor'] as const;
export type DatanetRole = (typeof DATANET_ROLES)[number];

/** Returns what an account is to a Datanet, by its terms. */
export const rolesIn = ({ owner, terms }: Datanet, account: Address): readonly DatanetRole[] => {
  const isAccount = (each: Address): boolean => equal(each, account);
  return DATANET_ROLES.filter((role) => {
    switch (role) {
      case 'owner':
        return isAccount(owner);
      case 'reviewer':
        return terms.reviewers.some(isAccount);
      case 'contributor':
        return terms.contributors.some(isAccount);
      default:
        return role satisfies never;
    }
  });
};

/** Whether an account decides what a Datanet holds: it has created it, or reviews for it. */
const runs = (datanet: Datanet, account: Address): boolean =>
  rolesIn(datanet, account).some((role) => role !== 'contributor');

export const ownDataOf = (view: ReadView, model: ModelId): OwnData =>
  load(view, epochsKey(model, 'own'), OwnDataType) ?? { contributions: 0n, datanets: 0n };

/** A payment of data money. `owner`: of the contribution that is paid; undefined if a Datanet is paid by volume. */
export type DataPayment = {
  readonly datanet: DatanetId;
  readonly owner: Address | undefined;
  readonly amount: bigint;
};

/** Counts what a model has paid of its data money. Each Datanet is read once. */
export const countOwnData = (view: View, model: ModelId, payments: readonly DataPayment[]): void => {
  if (payments.length === 0) return;
  const { owner } = knownModel(view, model);
  const known = new Map<DatanetId, boolean>();
  const isRun = (id: DatanetId): boolean => {
    const found = known.get(id) ?? runs(knownDatanet(view, id), owner);
    known.set(id, found);
    return found;
  };
  let { contributions, datanets } = ownDataOf(view, model);
  const before = contributions + datanets;
  for (const payment of payments)
    if (payment.owner !== undefined && equal(payment.owner, owner)) contributions += payment.amount;
    else if (isRun(payment.datanet)) datanets += payment.amount;
  if (contributions + datanets > before)
    save(view, epochsKey(model, 'own'), OwnDataType, { contributions, datanets });
};
