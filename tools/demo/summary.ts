/** The object that `--json` prints at the end. Amounts are decimal strings of base units. */

import type { lieToJson } from '../../src/cli/liar/story.ts';

export const PARTS = [
  'burned',
  'treasury',
  'attestors',
  'providers',
  'model',
  'stakers',
  'data',
  'relevance',
  'remainder',
  'shared',
] as const;
export type Part = (typeof PARTS)[number];

export type Summary = {
  readonly chainId: string;
  readonly height: string;
  /** The state root of each node, from the state that it executed itself, after `height`. */
  readonly stateRoots: readonly string[];
  /** The model fees and the price of compute of the settled receipts. */
  readonly fees: string;
  /**
   * The payments by part. `data` are the span pools, `relevance` is paid for phrases, `shared` for what several owners brought, and
   * `remainder` is the rest of the data money, which no track pays.
   */
  readonly paid: Readonly<Record<Part, string>>;
  readonly receipts: number;
  readonly settled: number;
  readonly seconds: number;
  /** The amount that each contributor claimed to their balance. */
  readonly earned: readonly { readonly address: string; readonly amount: string }[];
  /** Only with `--lie`: the answer that was lied about, what it cost the liar, and what contributors got by the answer. */
  readonly lie?: ReturnType<typeof lieToJson>;
};

export const sumOfParts = (paid: Summary['paid']): bigint =>
  PARTS.reduce((sum, part) => sum + BigInt(paid[part]), 0n);
