/** The attestors: those of genesis, with their bonds, until registration exists. */
import type { Address } from '../../../src/lib/brands.ts';
import { MAX_VALIDATORS } from '../../../src/lib/chain.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { address20, container, list, type Ssz, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import { bytesKey, type Key, type ReadView, type View } from '../../view.ts';
import { load, save } from '../kit/stored.ts';

const AttestorType = container({
  /** The account that gets the attestor's share. */
  payout: address20,
  /** Base units, in the pot `attestorBonds`. */
  bond: uint128,
});
export type Attestor = ValueOf<typeof AttestorType>;

const attestorKey = (address: Address): Key => `attestors/${bytesKey(address)}`;

export const attestorOf = (view: ReadView, address: Address): Attestor | undefined => {
  const stored = view.get(attestorKey(address));
  return stored === undefined ? undefined : unwrap(AttestorType.decode(stored));
};

const LIST: Key = 'attestors/all';
const AttestorsType: Ssz<readonly Address[]> = list(address20, MAX_VALIDATORS);

/** Returns the accounts of all attestors, ascending. */
export const attestorsOf = (view: ReadView): readonly Address[] => load(view, LIST, AttestorsType) ?? [];

/** For genesis alone. */
export const listAttestors = (view: View, addresses: readonly Address[]): void =>
  save(view, LIST, AttestorsType, addresses);

export const setAttestor = (view: View, address: Address, attestor: Attestor): void => {
  view.set(attestorKey(address), AttestorType.encode(attestor));
};
