/** The claims that the chain refused, each of which it would refuse again: the others of their settlements do without them. */

import { type ReceiptClaim, ReceiptClaimsType } from '../../../state/tx/attribution-settlement.ts';
import { isVerdict } from '../../client/refusals.ts';
import { toBareHex } from '../../lib/bytes.ts';
import type { Fault } from '../../lib/errors.ts';
import { sha256 } from '../../lib/hash.ts';

const hashOf = (claim: ReceiptClaim): string => toBareHex(sha256(ReceiptClaimsType.encode([claim])));

/** Returns the index of the receipt that the chain refuses; undefined if it names none. */
const indexIn = ({ data }: Fault): unknown => data?.receipt ?? data?.index;

export class RefusedClaims {
  /** The hashes of claims, by the id of their batch. */
  readonly #hashes = new Map<string, Set<string>>();

  /** Notes the claim that a refusal names, if it will not pass. @returns whether it names one of the claims */
  learn(batch: string, claims: readonly ReceiptClaim[], refusal: Fault): boolean {
    const claim = claims.find(({ index }) => index === indexIn(refusal));
    // A refusal that is no verdict may pass: a receipt that another attestor has settled may be reopened.
    if (claim === undefined || !isVerdict(refusal)) return false;
    const hashes = this.#hashes.get(batch);
    if (hashes === undefined) this.#hashes.set(batch, new Set([hashOf(claim)]));
    else hashes.add(hashOf(claim));
    return true;
  }

  has(batch: string, claim: ReceiptClaim): boolean {
    return this.#hashes.get(batch)?.has(hashOf(claim)) ?? false;
  }

  forget(batch: string): void {
    this.#hashes.delete(batch);
  }
}
