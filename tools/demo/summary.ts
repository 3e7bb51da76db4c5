/** The one object that `--json` ends with. Amounts are decimal strings of base units. */

export const PARTS = [
  'burned',
  'treasury',
  'attestors',
  'providers',
  'model',
  'stakers',
  'data',
  'remainder',
] as const;
export type Part = (typeof PARTS)[number];

export type Summary = {
  readonly chainId: string;
  readonly height: string;
  /** One a node, of its own executed state after `height`. */
  readonly stateRoots: readonly string[];
  /** Model fees and compute of the settled receipts. */
  readonly fees: string;
  /** `data` are the span pools, `remainder` the rest of the data money. */
  readonly paid: Readonly<Record<Part, string>>;
  readonly receipts: number;
  readonly settled: number;
  readonly seconds: number;
  /** The amount that each contributor claimed to their balance. */
  readonly earned: readonly { readonly address: string; readonly amount: string }[];
};

export const sumOfParts = (paid: Summary['paid']): bigint =>
  PARTS.reduce((sum, part) => sum + BigInt(paid[part]), 0n);
