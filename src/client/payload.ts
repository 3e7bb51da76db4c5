/** The payloads of the kinds of transactions, as a program writes them. */
import type { Payload as ExactPayload, KindName } from '../../state/tx/registry.ts';
import type { Json } from '../lib/ssz.ts';

/** A value without the brands that only code of this package can make: heights are bigints, addresses and roots bytes. */
type Plain<T> = T extends string | number | boolean | undefined
  ? T
  : T extends bigint
    ? bigint
    : T extends Uint8Array
      ? Uint8Array
      : { readonly [K in keyof T]: Plain<T[K]> };

/**
 * The payload of a kind: bytes are Uint8Arrays, amounts and heights bigints, ids numbers. Amounts are in base units.
 *
 * @example
 * const payload: Payload<'transfer'> = { to: unwrap(parseAddress('0x…')), amount: 10n ** 18n };
 */
export type Payload<N extends KindName> = Plain<ExactPayload<N>>;

/** The payload of a kind whose name is known, and JSON for a name that is only known at run time. */
export type PayloadOf<N extends string> = N extends KindName ? Payload<N> : Json;
