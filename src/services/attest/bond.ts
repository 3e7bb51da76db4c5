/**
 * The bond of an attestor: how many more claims it covers now. A claim that it does not cover is refused however often it
 * is sent, and each attempt costs a fee.
 */

import type { Params } from '../../../state/params.ts';
import { formatOpen } from '../../../state/tx/action.ts';
import { toHex } from '../../lib/bytes.ts';
import { sumBig } from '../../lib/math.ts';
import type { Tracers } from '../corpus/tracers.ts';
import type { ServiceContext } from '../run/service.ts';

/** What the bond is locked for. */
export type Bonded = 'receipts' | 'calibrations';

type Sent = { readonly what: Bonded; readonly claims: number };

type Attribution = Pick<Params['attribution'], 'bondPerReceipt' | 'calibrationBond' | 'challengeWindow'>;

/** Returns the base units that a claim locks, until its challenge window is over. */
const eachOf = ({ bondPerReceipt, calibrationBond }: Attribution, what: Bonded): bigint =>
  what === 'receipts' ? bondPerReceipt : calibrationBond;

/**
 * Returns the bond with which an attestor settles a receipt in every block, in base units: a claim locks its part of the bond
 * for the challenge window, so there are as many claims at a time as that has blocks.
 */
export const bondPerBlock = ({ bondPerReceipt, challengeWindow }: Attribution): bigint =>
  bondPerReceipt * BigInt(challengeWindow);

/** Says how large a bond is needed. */
export const bondAdvice = (attribution: Attribution): string =>
  `a claim locks its part of the bond for ${attribution.challengeWindow} blocks, so ${formatOpen(bondPerBlock(attribution))} OPEN are needed for each receipt per block, and ${formatOpen(2n * attribution.calibrationBond)} OPEN for the two rounds of a calibration`;

/** Stands for all work of a kind, where the bond is too small for even one claim. */
const ALL = '';

export class Bond {
  readonly #context: Pick<ServiceContext, 'client' | 'wallet' | 'log'>;
  readonly #tracers: Pick<Tracers, 'params'>;
  /** The claims on their way, by their key in the outbox. */
  readonly #onTheirWay = new Map<string, Sent>();
  /** The names of the work that waits because the bond does not cover it. */
  readonly #waiting: Readonly<Record<Bonded, Set<string>>> = {
    receipts: new Set(),
    calibrations: new Set(),
  };

  constructor(context: Pick<ServiceContext, 'client' | 'wallet' | 'log'>, tracers: Pick<Tracers, 'params'>) {
    this.#context = context;
    this.#tracers = tracers;
  }

  /** Returns how many claims the bond covers now, in addition to those on their way. */
  async room(what: Bonded): Promise<number> {
    const each = await this.#each(what);
    const { bond, locked } = await this.#ask();
    if (bond < each) await this.waits(what, ALL);
    const onTheirWay = await Promise.all(
      [...this.#onTheirWay.values()].map(async ({ what: other, claims }) => {
        return (await this.#each(other)) * BigInt(claims);
      }),
    );
    const free = bond - locked - sumBig(onTheirWay);
    return free < each ? 0 : Number(free / each);
  }

  /** Whether some work waits because the bond does not cover it. */
  hasWaiting(what: Bonded): boolean {
    return this.#waiting[what].size > 0;
  }

  /** Notes that the bond does not cover a piece of work, and tells the operator if it has covered everything so far. */
  async waits(what: Bonded, name: string): Promise<void> {
    const isNews = !this.hasWaiting(what);
    this.#waiting[what].add(name);
    if (isNews) await this.#tell(what);
  }

  /** Notes that a piece of work no longer waits for the bond. */
  covered(what: Bonded, name: string): void {
    this.#waiting[what].delete(name);
  }

  /** Notes that claims are on their way, which will lock a part of the bond. */
  sent(key: string, what: Bonded, claims: number): void {
    this.#onTheirWay.set(key, { what, claims });
  }

  /** Notes that the outcome of claims is known. */
  settled(key: string): void {
    this.#onTheirWay.delete(key);
  }

  #ask(): Promise<{ readonly bond: bigint; readonly locked: bigint }> {
    return this.#context.client.call('attestor_get', { address: toHex(this.#context.wallet.address) });
  }

  /** Returns the base units that each claim locks. */
  async #each(what: Bonded): Promise<bigint> {
    return eachOf((await this.#tracers.params()).attribution, what);
  }

  async #tell(what: Bonded): Promise<void> {
    const { attribution } = await this.#tracers.params();
    const each = eachOf(attribution, what);
    const { bond } = await this.#ask();
    const fields = {
      what,
      bond: `${formatOpen(bond)} OPEN`,
      each: `${formatOpen(each)} OPEN`,
      perBlock: `${formatOpen(bondPerBlock(attribution))} OPEN`,
    };
    if (bond < each)
      this.#context.log.warn(
        'bond',
        `the bond of this attestor is too small for even one of the ${what}: another attestor has to do them. A larger bond needs a new genesis: ${bondAdvice(attribution)}`,
        fields,
      );
    else
      this.#context.log.warn(
        'bond',
        `the bond of this attestor does not cover all ${what} at once: the rest waits until earlier claims are final. If they expire before that, run another attestor with a bond of its own: ${bondAdvice(attribution)}`,
        fields,
      );
  }
}
