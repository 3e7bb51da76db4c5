/**
 * All money of a state, as a flat list of named amounts. Gas is added back to the balance that paid it and `burnedGas` is
 * left out: gas depends on the number of encoded bytes, so a change of format would change it, and nothing else here.
 */
import { toHex } from '../../../../src/lib/bytes.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { AccountType, accountKey, POTS, potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { getContribution } from '../../../../state/queries/contributions.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { getModel } from '../../../../state/queries/models.ts';
import { getRewards } from '../../../../state/queries/rewards.ts';
import { keyText } from '../../../../state/view.ts';
import type { Actor, World } from '../economy/world.ts';

export type Amounts = ReadonlyMap<string, bigint>;

/** @param gasPaid - base units that each account has paid for gas, by its address in hex */
export const moneyOf = (world: World, actors: readonly Actor[], gasPaid: Amounts): Amounts => {
  const { view, state } = world;
  const amounts = new Map<string, bigint>();
  const addAll = (prefix: string, values: object): void => {
    for (const [name, value] of Object.entries(values))
      if (typeof value === 'bigint') amounts.set(`${prefix}/${name}`, value);
  };

  const named = new Map(actors.map((actor) => [accountKey(actor.address), actor]));
  for (const [key, value] of state) {
    if (!key.startsWith('accounts/')) continue;
    const actor = named.get(key);
    const gas = actor === undefined ? 0n : (gasPaid.get(toHex(actor.address)) ?? 0n);
    const { balance } = unwrap(AccountType.decode(value));
    amounts.set(`balance/${actor?.name ?? keyText(key)}`, balance + gas);
  }
  for (const pot of POTS) if (pot !== 'burnedGas') amounts.set(`pot/${pot}`, potTotal(view, pot));
  addAll('total', totalsOf(view));

  for (let id = 1; ; id++) {
    const contribution = getContribution(view, id);
    if (contribution === undefined) break;
    if (contribution.type === 'commons') continue;
    amounts.set(`contribution/${id}/bond`, contribution.standing.bond);
    if (contribution.accepted === undefined) continue;
    addAll(`contribution/${id}/earned`, contribution.accepted.earned);
    addAll(`contribution/${id}/claimed`, contribution.accepted.claimed);
  }
  for (let id = 1; ; id++) {
    const model = getModel(view, id);
    if (model === undefined) break;
    amounts.set(`model/${id}/earned`, model.earned);
    amounts.set(`model/${id}/debt`, model.debt);
  }
  for (const { name, address } of actors) {
    const rewards = getRewards(view, address, { from: 0, limit: 1_000 });
    addAll(`rewards/${name}/claimed`, rewards.claimed);
    addAll(`rewards/${name}/claimable`, rewards.claimable);
    addAll(`attestor/${name}`, getAttestor(view, address) ?? {});
  }
  return amounts;
};
