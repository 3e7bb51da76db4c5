/**
 * The bond of an attestor: how many more claims it covers now. A claim that it does not cover is refused however often it
 * is sent, and each attempt costs a fee.
 */

import { formatOpen } from '../../../state/tx/action.ts';
import { toHex } from '../../lib/bytes.ts';
import { sumBig } from '../../lib/math.ts';
import type { ServiceContext } from '../run/service.ts';

/** What the bond is locked for. */
export type Bonded = 'receipts' | 'calibrations';

export class Bond {
  readonly #context: Pick<ServiceContext, 'client' | 'wallet' | 'log'>;
  /** The base units that claims on their way will lock, by their key in the outbox. Those sent before a restart are missing. */
  readonly #onTheirWay = new Map<string, bigint>();
  /** What the operator was told that the bond does not cover. */
  readonly #told = new Set<Bonded>();

  constructor(context: Pick<ServiceContext, 'client' | 'wallet' | 'log'>) {
    this.#context = context;
  }

  /**
   * Returns how many of the claims the bond covers now, in addition to those on their way, and tells the operator once if
   * these are not all.
   * @param each - the base units that each claim locks
   */
  async covers(what: Bonded, claims: number, each: bigint): Promise<number> {
    const address = toHex(this.#context.wallet.address);
    const { bond, locked } = await this.#context.client.call('attestor_get', { address });
    const free = bond - locked - sumBig([...this.#onTheirWay.values()]);
    if (free >= each * BigInt(claims)) return claims;
    if (!this.#told.has(what)) this.#tell(what, bond, each);
    this.#told.add(what);
    return free < each ? 0 : Number(free / each);
  }

  /** Notes that a claim is on its way, and what it will lock. */
  sent(key: string, amount: bigint): void {
    this.#onTheirWay.set(key, amount);
  }

  /** Notes that the outcome of a claim is known. */
  settled(key: string): void {
    this.#onTheirWay.delete(key);
  }

  #tell(what: Bonded, bond: bigint, each: bigint): void {
    const fields = { what, bond: `${formatOpen(bond)} OPEN`, each: `${formatOpen(each)} OPEN` };
    if (bond < each)
      this.#context.log.warn(
        'bond',
        `the bond of this attestor is too small for even one of the ${what}: another attestor has to do them. A larger bond needs a new genesis`,
        fields,
      );
    else
      this.#context.log.warn(
        'bond',
        `the bond of this attestor does not cover all ${what} at once: the rest waits until earlier claims are final. If they expire before that, run another attestor with a bond of its own`,
        fields,
      );
  }
}
