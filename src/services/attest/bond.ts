/**
 * The bond of an attestor: how many more claims it covers now. A claim that it does not cover is refused however often it
 * is sent, and each attempt costs a fee.
 */

import { splitFee } from '../../../state/attribution/fees.ts';
import type { Params } from '../../../state/params.ts';
import { formatOpen } from '../../../state/tx/action.ts';
import type { Address } from '../../lib/brands.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import { divCeil, maxBig, minBig, sumBig } from '../../lib/math.ts';
import type { Tracers } from '../corpus/tracers.ts';
import type { ServiceContext } from '../run/service.ts';

/** What the bond is locked for. */
export type Bonded = 'receipts' | 'calibrations';

type Sent = {
  readonly what: Bonded;
  readonly claims: number;
  /** What they lock, base units. Of receipts it is not known after a restart; calibrations all lock the same. */
  readonly amount: bigint | undefined;
};

/** The most attestors behind one claim (state/modules/receipts/backing.ts). */
const BACKERS_MAX = 16n;

type Attribution = Pick<Params['attribution'], 'bondPerReceipt' | 'calibrationBond' | 'challengeWindow'>;

/** Returns the base units that a claim locks at least, until its challenge window is over. */
const eachOf = ({ bondPerReceipt, calibrationBond }: Attribution, what: Bonded): bigint =>
  what === 'receipts' ? bondPerReceipt : calibrationBond;

/**
 * Returns the least bond with which an attestor settles a receipt in every block, in base units: a claim locks its part of the
 * bond for the challenge window, so there are as many claims at a time as that has blocks.
 */
export const bondPerBlock = ({ bondPerReceipt, challengeWindow }: Attribution): bigint =>
  bondPerReceipt * BigInt(challengeWindow);

/** Says how large a bond is needed. */
export const bondAdvice = (attribution: Attribution): string =>
  `a claim locks the data money of its receipt, and no less than ${formatOpen(attribution.bondPerReceipt)} OPEN, for ${attribution.challengeWindow} blocks, so at least ${formatOpen(bondPerBlock(attribution))} OPEN are needed for each receipt per block, and ${formatOpen(2n * attribution.calibrationBond)} OPEN for the two rounds of a calibration`;

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

  /** Returns how many claims of calibrations the bond covers now, in addition to those on their way. */
  async room(what: 'calibrations'): Promise<number> {
    const each = await this.#each(what);
    const free = await this.free(what);
    return free < each ? 0 : Number(free / each);
  }

  /** Returns what of the bond is free for claims, base units: it is not locked, and nothing on its way will lock it. */
  async free(what: Bonded): Promise<bigint> {
    const each = await this.#each(what);
    const { bond, locked, free } = await this.#ask();
    if (bond < each) await this.waits(what, ALL);
    const sent = [...this.#onTheirWay.values()];
    const onTheirWay = await Promise.all(
      sent.map(
        async ({ what: other, claims, amount }) => amount ?? (await this.#each(other)) * BigInt(claims),
      ),
    );
    const left = bond - locked - sumBig(onTheirWay);
    if (what === 'calibrations') return left;
    // What these lock depends on their receipts. Their outcome is soon known.
    if (sent.some((claims) => claims.what === 'receipts' && claims.amount === undefined)) return 0n;
    // A settlement may be the first of its epoch when a block takes it, which locks another bond beside its claims.
    const { lateProofBond } = (await this.#tracers.params()).attribution;
    return minBig(left - lateProofBond, free);
  }

  /** Returns what has to be locked behind the claim of a receipt with this model fee, base units. */
  async needed(fee: bigint): Promise<bigint> {
    const { attribution, shares } = await this.#tracers.params();
    return maxBig(attribution.bondPerReceipt, splitFee(fee, shares).data);
  }

  /** Returns the least that an attestor locks behind a claim that needs so much, and that several back, base units. */
  async leastOf(needed: bigint): Promise<bigint> {
    const { bondPerReceipt } = (await this.#tracers.params()).attribution;
    return maxBig(bondPerReceipt, divCeil(needed, BACKERS_MAX));
  }

  /** Returns whether a claim that needs so much can be backed by another attestor alone, by several together, or not at all. */
  async shortage(needed: bigint): Promise<'alone' | 'together' | 'never'> {
    const { attestors } = await this.#context.client.call('attestor_list');
    const isOther = (address: Address): boolean => !equal(address, this.#context.wallet.address);
    if (attestors.some(({ address, free }) => isOther(address) && free >= needed)) return 'alone';
    return sumBig(attestors.map(({ free }) => free)) >= needed ? 'together' : 'never';
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

  /**
   * Notes that claims are on their way, which will lock a part of the bond.
   * @param amount - what they lock, base units, if that is known
   */
  sent(key: string, what: Bonded, claims: number, amount?: bigint): void {
    this.#onTheirWay.set(key, { what, claims, amount });
  }

  /** Notes that the outcome of claims is known. */
  settled(key: string): void {
    this.#onTheirWay.delete(key);
  }

  #ask(): Promise<{ readonly bond: bigint; readonly locked: bigint; readonly free: bigint }> {
    return this.#context.client.call('attestor_get', { address: toHex(this.#context.wallet.address) });
  }

  /** Returns the base units that each claim locks at least. */
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
